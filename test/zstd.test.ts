/** The Zstandard decoder against frames of the real encoder, and against damage. */
import { describe, expect, test } from 'vitest'
import { decompressZstd } from '../levels/formats/zstd.ts'

function numbers(count: number, of: (i: number) => number): Uint8Array {
  const bytes = Buffer.alloc(count * 4)
  for (let i = 0; i < count; i++) bytes.writeUInt32LE(of(i), i * 4)
  return bytes
}

/** Tile numbers of a 64x64 room with pillars. */
const ROOM = numbers(4096, i => {
  const [x, y] = [i % 64, i >> 6]
  if (x === 0 || y === 0 || x === 63 || y === 63) return 1
  return x === 1 && y === 1 ? 3 : x === 62 && y === 62 ? 4 : (x * 7 + y * 13) % 11 === 0 ? 1 : 2
})

/** Letters of uneven frequency and no pattern, so that they take a prefix code and nothing else. */
function letters(): Uint8Array {
  let state = 1
  return Uint8Array.from({ length: 600 }, () => {
    state = (state * 75 + 74) % 65537
    return state < 40000 ? 65 : state < 55000 ? 66 : state < 62000 ? 67 : 68 + (state % 5)
  })
}

/** Contents, and `zstd -q -c LEVEL FILE` of them by Zstandard 1.5.4, in base64. */
const FRAMES: [string, Uint8Array, string][] = [
  [
    'a block as it is',
    Uint8Array.from({ length: 64 }, (_, i) => (i * 167 + 13) & 255),
    'KLUv/SRAAQIADbRbAqlQ955F7JM64Ygv1n0ky3IZwGcOtVwDqlH4n0btlDviiTDXfiXMcxrBaA+2XQSrUvmgR+6VPOOKMdh/JgUgv5k=',
  ],
  ['one match over all', numbers(4096, () => 1), 'KLUv/WQAP2UAACABAAAAAQD5f94RAYMxDq8='],
  [
    'plain literals and tables of its own',
    numbers(256, i => 1 + ((i * i) % 7) + (i % 5 === 0 ? 0x80000000 : 0)),
    'KLUv/WQAA9UBALgBAACAAgAAAAUAAAADBQEAAACAgICAgA+gAF2tbxCDCapjbh+L1q1p2ZpWW9OyddKGHP6iGwe7RwY925F7',
  ],
  [
    'a prefix code and many sequences (level 1)',
    ROOM,
    'KLUv/WQAP1UIAIIEBIMkMfG3//bf/tt/+7ckkGSBL6ghezmxB0mWzRLAECRkApMgAQuyTqiYIIn/+/lRMf1/r4ffEqwKJZmooaIp95N2usnY3bWNLW3W+nMfU9fzqRY9j/ZO0FI32A+yJAppi8bdJ+XqJqO7aze2tFn1535MXc9TXfQ82p2gTd1gH+SSKKQWTXeflNNNju6ubWzZZtWf+5h6PU+16Plod4KWeoN9kCVRklo07j5ZTjcZ3bu2saXNan/uY+p6ntWi59HuCVrqBvtBlkQhtdi4+6Sc3WR0d23Tljar/tynqet5qpWeR7sTtKwb7IMsGYXUonHvk3J+HmiSbmtfr/vqa69UGBkpyln1t/tqYzG9YQ==',
  ],
  [
    'a prefix code and few sequences (level 19)',
    ROOM,
    'KLUv/WQAP20CAMKBAoMxEccQAEeOXEcYqHAt6RAvSYGhYQwQfkUYERThVfHXbQYA+z5JeDkw1R+XXkTBshullYX+wDYADYP9Uavur0h+o8j38J27T/sWYzG9YQ==',
  ],
  [
    'a prefix code in four streams (level 19, no checksum)',
    letters(),
    'KLUv/WBYAc0EAIZlJQvApdABhJC2uapODyAAIgAfAJ891K5QHDQv+B1Mfec7uxdmTVSR7vuhVXvH+c19fv5zZffjnUxmucTVu/hgj/Z5/ulDUiCdv26fhLz8oOT2U/UTBfP7NWb77qj+FXfXu3Pd+pXxtwFZ+1NoSfMv+VfAnh3f44DZOrMq3jPubr6dXZfpO6+mvOs6T9K0jgNkeiy7ZWUGAA==',
  ],
]

describe('frames of the real encoder', () => {
  test.each(FRAMES)('%s', (_, content, frame) => {
    expect(decompressZstd(Buffer.from(frame, 'base64'), content.length)).toEqual(Uint8Array.from(content))
  })
})

describe('damage', () => {
  test('a frame that is cut off anywhere, or has something behind it, is refused', () => {
    for (const [, content, text] of FRAMES) {
      const frame = Buffer.from(text, 'base64')
      for (let end = 0; end < frame.length; end++)
        expect(() => decompressZstd(frame.subarray(0, end), content.length)).toThrow()
      expect(() => decompressZstd(Buffer.concat([frame, Buffer.of(0)]), content.length)).toThrow(
        'something follows',
      )
    }
  })

  test('a content of another size than expected is refused', () => {
    for (const [, content, text] of FRAMES)
      for (const size of [0, content.length - 1, content.length + 1])
        expect(() => decompressZstd(Buffer.from(text, 'base64'), size)).toThrow(/its content is/)
  })

  test('a hundred megabytes of one byte are refused before they are made, whether the frame tells its size or not', () => {
    // Blocks of 2^17 bytes that repeat one byte, by hand after RFC 8878: header, then (size << 3 | 1 << 1 | last).
    const block = (last: number) => [...threeBytes((131072 << 3) | 2 | last), 7]
    const blocks = Array.from({ length: 800 }, (_, i) => block(i === 799 ? 1 : 0)).flat()
    const silent = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0x58, ...blocks)
    const told = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0x40, 6, ...blocks)
    const before = process.memoryUsage().arrayBuffers
    expect(() => decompressZstd(silent, 16384)).toThrow('its content is more than 16384 bytes')
    expect(() => decompressZstd(told, 16384)).toThrow('its content is 104857600 bytes, expected 16384')
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000)
  })

  test('a code of one symbol that takes no bits ends', () => {
    // Literals by a prefix code whose weights are in a table of one symbol (probability 32 of 32): states never move.
    const weights = [0xf0, 0x03, 0x00, 0x80]
    const literals = [
      ...threeBytes(2 | (16 << 4) | ((weights.length + 3) << 14)),
      weights.length,
      ...weights,
      1,
      1,
    ]
    const size = literals.length + 1
    const frame = Uint8Array.of(
      0x28,
      0xb5,
      0x2f,
      0xfd,
      0,
      0x58,
      ...threeBytes((size << 3) | 4 | 1),
      ...literals,
      0,
    )
    expect(() => decompressZstd(frame, 64)).toThrow()
  })

  test('any bytes in any place end in an error or in content of the right size', () => {
    let state = 7
    const next = (below: number) => (state = (state * 48271) % 2147483647) % below
    const started = process.cpuUsage()
    for (let i = 0; i < 20_000; i++) {
      const [, content, text] = FRAMES[next(FRAMES.length)]!
      const frame = Buffer.from(text, 'base64')
      for (let j = next(4); j >= 0; j--) frame[5 + next(frame.length - 5)] = next(256)
      try {
        expect(decompressZstd(frame, content.length).length).toBe(content.length)
      } catch (error) {
        expect((error as Error).name).toBe('Error')
      }
    }
    expect(process.cpuUsage(started).user / 1e6).toBeLessThan(10)
  })
})

function threeBytes(value: number): number[] {
  return [value & 255, (value >> 8) & 255, value >> 16]
}
