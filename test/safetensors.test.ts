/** Checkpoint files: round trips, and that no damage goes unnoticed. */

import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { UserError } from '../src/core/errors.ts'
import { decodeSafetensors, encodeSafetensors, type TensorFile } from '../src/learn/safetensors.ts'

const SAMPLE: TensorFile = {
  tensors: new Map([
    ['policy/dense0/weight', { shape: [2, 3], data: new Float32Array([1, -2, 3.5, 0, -0, 1e-38]) }],
    ['policy/dense0/bias', { shape: [3], data: new Float32Array([0.1, 0.2, 0.3]) }],
    ['alpha', { shape: [], data: new Float32Array([0.5]) }],
    ['none', { shape: [0, 4], data: new Float32Array(0) }],
  ]),
  metadata: { format: 'levelshift', iteration: '40', recipe: '{"name":"starter"}' },
}

const name = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 12 })
  .filter(text => !['__metadata__', '__proto__', 'sha256'].includes(text))
const tensor = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 }).chain(shape => {
  const size = shape.reduce((product, extent) => product * extent, 1)
  return fc.float32Array({ minLength: size, maxLength: size }).map(data => ({ shape, data }))
})
const tensorFile: fc.Arbitrary<TensorFile> = fc.record({
  tensors: fc.array(fc.tuple(name, tensor), { maxLength: 5 }).map(entries => new Map(entries)),
  metadata: fc
    .array(fc.tuple(name, fc.string({ unit: 'binary' })), { maxLength: 4 })
    .map(entries => Object.fromEntries(entries)),
})

/** Files of another writer: any header, any tensor bytes. */
function fileOf(header: unknown, data = new Uint8Array(0)): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const length = new Uint8Array(8)
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true)
  return new Uint8Array([...length, ...json, ...data])
}

/** The sentence with which a file is refused. */
function refusal(bytes: Uint8Array): string {
  try {
    decodeSafetensors(bytes, 'runs/a/best.safetensors')
  } catch (error) {
    expect(error).toBeInstanceOf(UserError)
    const { message } = error as UserError
    expect(message).toMatch(/^runs\/a\/best\.safetensors: /)
    expect(message).not.toMatch(/\n/)
    return message
  }
  throw new Error('the file was taken')
}

describe('round trip', () => {
  it('gives back every tensor, bit by bit and in order, and the metadata', () => {
    fc.assert(
      fc.property(tensorFile, file => {
        const read = decodeSafetensors(encodeSafetensors(file), 'x')
        expect(read.metadata).toEqual(file.metadata)
        // Empty tensors share their place with the next one, so only the others have an order.
        const names = (of: TensorFile) =>
          [...of.tensors].filter(([, { data }]) => data.length > 0).map(([key]) => key)
        expect(names(read)).toEqual(names(file))
        expect(read.tensors.size).toBe(file.tensors.size)
        for (const [key, { shape, data }] of file.tensors) {
          const same = read.tensors.get(key)
          expect(same?.shape).toEqual(shape)
          expect(new Uint8Array(same?.data.buffer ?? new ArrayBuffer(0))).toEqual(
            new Uint8Array(data.slice().buffer),
          )
        }
      }),
    )
  })

  it('keeps 16-bit floats as they are, in half the bytes', () => {
    const half = Float32Array.of(1, -2, 65504, 2 ** -24, -0, Number.POSITIVE_INFINITY)
    const tensors: TensorFile['tensors'] = new Map([
      ['half', { shape: [2, 3], data: half, dtype: 'F16' }],
      ['odd', { shape: [1], data: Float32Array.of(0.5), dtype: 'F16' }],
      ['single', { shape: [1], data: Float32Array.of(0.1) }],
    ])
    const bytes = encodeSafetensors({ tensors, metadata: {} })
    const read = decodeSafetensors(bytes, 'x')
    expect([...read.tensors]).toEqual([...tensors])
    expect(encodeSafetensors(read)).toEqual(bytes)
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + bytes[0] + 256 * bytes[1])))
    expect(header.half).toEqual({ dtype: 'F16', shape: [2, 3], data_offsets: [0, 12] })
    expect(header.single.data_offsets).toEqual([14, 18])
  })

  it('refuses to store as 16-bit floats what they do not hold', () => {
    for (const value of [0.1, 65505, 2 ** -25]) {
      const tensors: TensorFile['tensors'] = new Map([
        ['w', { shape: [1], data: Float32Array.of(value), dtype: 'F16' }],
      ])
      expect(() => encodeSafetensors({ tensors, metadata: {} })).toThrow(
        /tensor 'w' holds .* 16 bits do not hold/,
      )
    }
  })

  it('gives the same bytes for the same input', () => {
    expect(encodeSafetensors(SAMPLE)).toEqual(encodeSafetensors(SAMPLE))
  })

  it('takes and gives views that do not start at a multiple of four', () => {
    const bytes = encodeSafetensors(SAMPLE)
    const shifted = Buffer.concat([Buffer.alloc(3), bytes]).subarray(3)
    const read = decodeSafetensors(shifted, 'x').tensors.get('policy/dense0/bias')
    expect(read?.data).toEqual(new Float32Array([0.1, 0.2, 0.3]))
    expect(read?.data.byteLength).toBe(read?.data.buffer.byteLength)
  })

  it('is laid out as the format says', () => {
    const bytes = encodeSafetensors(SAMPLE)
    const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true))
    expect(headerLength % 8).toBe(0)
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)))
    expect(header['policy/dense0/weight']).toEqual({ dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] })
    expect(header['policy/dense0/bias']).toEqual({ dtype: 'F32', shape: [3], data_offsets: [24, 36] })
    expect(header.alpha).toEqual({ dtype: 'F32', shape: [], data_offsets: [36, 40] })
    expect(bytes.length).toBe(8 + headerLength + 40)
    expect(new DataView(bytes.buffer).getFloat32(8 + headerLength + 8, true)).toBe(3.5)
  })

  it('carries a checksum that anyone can check: SHA-256 of the file with its own digits as zeros', () => {
    const bytes = Buffer.from(encodeSafetensors(SAMPLE))
    const digits = /"sha256":"([0-9a-f]{64})"/.exec(bytes.toString('latin1'))?.[1] ?? ''
    const zeroed = Buffer.from(bytes.toString('latin1').replace(digits, '0'.repeat(64)), 'latin1')
    expect(createHash('sha256').update(zeroed).digest('hex')).toBe(digits)
  })
})

describe('damage', () => {
  const bytes = encodeSafetensors(SAMPLE)

  it('is noticed wherever the file is cut', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(refusal(bytes.subarray(0, length))).toMatch(/damaged or cut short/)
    }
  })

  it('is noticed in every bit of the file', () => {
    for (let at = 0; at < bytes.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Uint8Array.from(bytes)
        flipped[at] ^= 1 << bit
        refusal(flipped)
      }
    }
  })

  it('is noticed in files of any content', () => {
    fc.assert(
      fc.property(tensorFile, fc.nat(), fc.integer({ min: 1, max: 255 }), (file, place, change) => {
        const changed = encodeSafetensors(file)
        changed[place % changed.length] ^= change
        refusal(changed)
        refusal(encodeSafetensors(file).subarray(0, place % changed.length))
      }),
    )
  })

  it('is noticed where bytes were added', () => {
    expect(refusal(new Uint8Array([...bytes, 0]))).toMatch(
      /holds 41 bytes of tensors, its header announces 40/,
    )
  })

  it('says how much is there and how much was expected', () => {
    expect(refusal(bytes.subarray(0, 5))).toMatch(/has 5 bytes, a safetensors file has at least 8/)
    expect(refusal(bytes.subarray(0, 100))).toMatch(/ends after 100 bytes, its header alone needs \d+/)
    expect(refusal(bytes.subarray(0, bytes.length - 4))).toMatch(
      /holds 36 bytes of tensors, its header announces 40/,
    )
    const flipped = Uint8Array.from(bytes)
    flipped[bytes.length - 1] ^= 1
    expect(refusal(flipped)).toMatch(
      /its checksum is [0-9a-f]{12}…, expected [0-9a-f]{12}…; use another copy/,
    )
  })
})

describe('files of another kind', () => {
  const cases: [string, Uint8Array, RegExp][] = [
    ['text', new TextEncoder().encode('levelshift level 1\n'), /not a safetensors file/],
    ['no JSON', fileOf('{"a":'), /its header is not JSON/],
    ['a header that is a list', fileOf([]), /its header is not a JSON object/],
    ['no UTF-8', new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe]), /its header is not JSON/],
    [
      'metadata of numbers',
      fileOf({ __metadata__: { iteration: 4 } }),
      /__metadata__ is not a map of strings/,
    ],
    [
      'a tensor without a shape',
      fileOf({ w: { dtype: 'F32' } }),
      /tensor 'w' without dtype, shape and data_offsets/,
    ],
    [
      'whole numbers',
      fileOf({ w: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }, new Uint8Array(8)),
      /tensor 'w' has dtype 'I64', expected F32 or F16/,
    ],
    [
      'half floats without a checksum',
      fileOf({ w: { dtype: 'F16', shape: [1], data_offsets: [0, 2] } }, new Uint8Array(2)),
      /carries no checksum/,
    ],
    [
      'tensors that overlap',
      fileOf(
        {
          a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
          b: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
        },
        new Uint8Array(4),
      ),
      /tensor 'b' of shape \[1\] lies at bytes 0 to 4, expected 4 to 8/,
    ],
    [
      'a shape that is too large',
      fileOf({ w: { dtype: 'F32', shape: [2 ** 52, 2 ** 52], data_offsets: [0, 4] } }, new Uint8Array(4)),
      /tensor 'w' of shape/,
    ],
    [
      'no checksum',
      fileOf({ w: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }, new Uint8Array(4)),
      /carries no checksum: expected 'sha256' as the first entry of its metadata/,
    ],
  ]
  it.each(cases)('%s: refused in one sentence', (_, bytes, expected) => {
    expect(refusal(bytes)).toMatch(expected)
  })

  it('never prints what a terminal would obey', () => {
    const bytes = fileOf({ '\u001b[2J': { dtype: 'I8', shape: [0], data_offsets: [0, 0] } })
    expect(refusal(bytes)).not.toContain('\u001b')
  })
})

describe('what cannot be stored', () => {
  const wrong: [string, TensorFile][] = [
    [
      'a shape that does not fit',
      { tensors: new Map([['w', { shape: [2], data: new Float32Array(3) }]]), metadata: {} },
    ],
    [
      'a tensor named as the metadata',
      { tensors: new Map([['__metadata__', { shape: [0], data: new Float32Array(0) }]]), metadata: {} },
    ],
    [
      'a name that readers in JavaScript drop',
      { tensors: new Map([['__proto__', { shape: [0], data: new Float32Array(0) }]]), metadata: {} },
    ],
    ["the checksum's own key", { tensors: new Map(), metadata: { sha256: '' } }],
  ]
  it.each(wrong)('%s', (_, file) => {
    expect(() => encodeSafetensors(file)).toThrow()
  })
})
