/** Event files: read byte by byte by an independent reader, and by TensorBoard itself. */

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type EventRecord,
  encodeEvent,
  encodeFileHeader,
  eventFileName,
  lengthUpTo,
} from '../src/app/tensorboard.ts'

const EVENTS: readonly EventRecord[] = [
  { step: 0, wallTime: 1700000000.25, texts: { recipe: '    {"name": "stärter"}' } },
  { step: 1, wallTime: 1700000001.5, scalars: { 'loss/outer': -0.5, returns: 2 } },
  { step: 300, wallTime: 1700000002, scalars: { 'loss/outer': 1e-3, returns: Number.NaN } },
]

function eventFile(): Uint8Array {
  return Buffer.concat([encodeFileHeader(1700000000), ...EVENTS.map(encodeEvent)])
}

/** CRC-32C bit by bit, from its definition (RFC 3720, polynomial 0x1EDC6F41 reflected). */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}

/** TFRecord's masking: rotated right by 15 bits, plus a constant, modulo 2^32. */
function masked(crc: number): number {
  return Number((((BigInt(crc) >> 15n) | (BigInt(crc) << 17n)) + 0xa282ead8n) & 0xffffffffn)
}

/** Contents of a file's TFRecords; throws where a length or checksum is wrong. */
function readRecords(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const records: Uint8Array[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = Number(view.getBigUint64(at, true))
    const content = bytes.subarray(at + 12, at + 12 + length)
    expect(view.getUint32(at + 8, true)).toBe(masked(crc32c(bytes.subarray(at, at + 8))))
    expect(view.getUint32(at + 12 + length, true)).toBe(masked(crc32c(content)))
    records.push(content)
    at += length + 16
  }
  return records
}

type Field = { readonly field: number; readonly value: number | Buffer }

/** The fields of a protobuf message: varints, 64-bit and 32-bit floats, and bytes. */
function readMessage(message: Uint8Array): Field[] {
  const bytes = Buffer.from(message)
  const fields: Field[] = []
  let at = 0
  const varint = () => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }
  while (at < bytes.length) {
    const key = varint()
    const field = key >>> 3
    if ((key & 7) === 0) fields.push({ field, value: varint() })
    else if ((key & 7) === 1) fields.push({ field, value: bytes.readDoubleLE((at += 8) - 8) })
    else if ((key & 7) === 5) fields.push({ field, value: bytes.readFloatLE((at += 4) - 4) })
    else if ((key & 7) === 2) {
      const length = varint()
      fields.push({ field, value: bytes.subarray(at, at + length) })
      at += length
    } else throw new Error(`wire type ${key & 7}`)
  }
  return fields
}

function only(fields: readonly Field[], field: number): number | Buffer {
  const found = fields.filter(one => one.field === field)
  expect(found, `field ${field}`).toHaveLength(1)
  return found[0].value
}

function inner(fields: readonly Field[], field: number): Field[] {
  return readMessage(only(fields, field) as Buffer)
}

describe('the event file', () => {
  it('begins with the version of its format', () => {
    const [first] = readRecords(encodeFileHeader(1700000000))
    const fields = readMessage(first)
    expect(only(fields, 1)).toBe(1700000000)
    expect(String(only(fields, 3))).toBe('brain.Event:2')
  })

  it('uses the checksum of RFC 3720', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
    expect(() => readRecords(eventFile())).not.toThrow()
  })

  it('holds step, time and numbers where event.proto says', () => {
    const fields = readMessage(readRecords(eventFile())[2])
    expect(only(fields, 1)).toBe(1700000001.5)
    expect(only(fields, 2)).toBe(1)
    const values = inner(fields, 5).map(({ value }) => readMessage(value as Buffer))
    expect(values.map(value => [String(only(value, 1)), only(value, 2)])).toEqual([
      ['loss/outer', -0.5],
      ['returns', 2],
    ])
  })

  it('holds a text as a string tensor of the text plugin', () => {
    const fields = readMessage(readRecords(eventFile())[1])
    const value = inner(inner(fields, 5), 1)
    expect(String(only(value, 1))).toBe('recipe')
    expect(String(only(inner(inner(value, 9), 1), 1))).toBe('text')
    const tensor = inner(value, 8)
    expect(only(tensor, 1)).toBe(7)
    expect(String(only(tensor, 8))).toBe('    {"name": "stärter"}')
  })

  it('is named so that TensorBoard finds it and reads later files later', () => {
    const names = [eventFileName(1700000000, 0), eventFileName(1700000000, 1), eventFileName(1700000009, 2)]
    expect(names.every(name => /^events\.out\.tfevents\.\d{10}\./.test(name))).toBe(true)
    expect(names.toSorted()).toEqual(names)
  })
})

describe('cutting an event file back', () => {
  const bytes = eventFile()
  const ends: number[] = []
  for (const record of [encodeFileHeader(1700000000), ...EVENTS.map(encodeEvent)]) {
    ends.push((ends.at(-1) ?? 0) + record.length)
  }

  it('keeps whole records up to a step', () => {
    expect([0, 1, 299, 300].map(step => lengthUpTo(bytes, step))).toEqual([
      ends[1],
      ends[2],
      ends[2],
      ends[3],
    ])
  })

  it('drops a record that was cut short, wherever it was cut', () => {
    for (let length = 0; length < bytes.length; length++) {
      const whole = ends.findLast(end => end <= length) ?? 0
      expect(lengthUpTo(bytes.subarray(0, length), 300)).toBe(whole)
    }
  })

  it('drops what follows a flipped bit', () => {
    for (let at = 0; at < bytes.length; at++) {
      const flipped = Uint8Array.from(bytes)
      flipped[at] ^= 1 << (at % 8)
      expect(lengthUpTo(flipped, 300)).toBe(ends.findLast(end => end <= at) ?? 0)
    }
  })
})

const PROBLEM = whyNoPython()

function whyNoPython(): string | undefined {
  const found = spawnSync('python3', ['-c', 'import venv, ensurepip'])
  if (found.error !== undefined) return 'python3 is not installed'
  return found.status === 0
    ? undefined
    : 'python3 has no venv or pip (on Debian: apt-get install python3-venv)'
}

/** A Python with TensorBoard's reader, built once into .cache/ and kept there. */
function pythonWithTensorBoard(): string {
  const folder = join('.cache', 'tensorboard')
  const python = join(folder, 'venv', 'bin', 'python')
  const ready = join(folder, 'ready')
  if (existsSync(ready)) return python
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  execFileSync('python3', ['-m', 'venv', join(folder, 'venv')])
  // Its reader needs no more than these; all that the server needs would be several times larger.
  const packages = ['tensorboard>=2.20,<3', 'numpy', 'protobuf', 'absl-py', 'packaging']
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', '--no-input', ...packages])
  writeFileSync(ready, '')
  return python
}

const READ_WITH_TENSORBOARD = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1])
events.Reload()
tags = events.Tags()
print(json.dumps({
  'scalars': {tag: [[e.step, e.wall_time, repr(e.value)] for e in events.Scalars(tag)] for tag in tags['scalars']},
  'texts': {tag: [[e.step, e.tensor_proto.string_val[0].decode()] for e in events.Tensors(tag)] for tag in tags['tensors']},
  'plugins': {tag: events.SummaryMetadata(tag).plugin_data.plugin_name for tag in tags['tensors']},
}))
`

describe.skipIf(PROBLEM !== undefined)(
  `TensorBoard's own reader${PROBLEM ? ` (skipped: ${PROBLEM})` : ''}`,
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'levelshift-events-'))
    let python = ''
    beforeAll(() => {
      python = pythonWithTensorBoard()
    }, 240_000)
    afterAll(() => rmSync(folder, { recursive: true }))

    function read(): { scalars: unknown; texts: unknown; plugins: unknown } {
      return JSON.parse(execFileSync(python, ['-c', READ_WITH_TENSORBOARD, folder], { encoding: 'utf8' }))
    }

    it('reads the numbers and the recipe', () => {
      const path = join(folder, eventFileName(1700000000, 0))
      writeFileSync(path, eventFile())
      expect(read()).toEqual({
        scalars: {
          'loss/outer': [
            [1, 1700000001.5, '-0.5'],
            [300, 1700000002, String(Math.fround(1e-3))],
          ],
          returns: [
            [1, 1700000001.5, '2.0'],
            [300, 1700000002, 'nan'],
          ],
        },
        texts: { recipe: [[0, '    {"name": "stärter"}']] },
        plugins: { recipe: 'text' },
      })
    })

    it('reads a resumed run without a gap or a double', () => {
      const first = join(folder, eventFileName(1700000000, 0))
      const bytes = readFileSync(first)
      writeFileSync(first, bytes.subarray(0, lengthUpTo(bytes, 1)))
      const resumed = { step: 2, wallTime: 1700000010, scalars: { returns: 3 } }
      const second = Buffer.concat([encodeFileHeader(1700000009), encodeEvent(resumed)])
      writeFileSync(join(folder, eventFileName(1700000009, 1)), second)
      expect(read().scalars).toEqual({
        'loss/outer': [[1, 1700000001.5, '-0.5']],
        returns: [
          [1, 1700000001.5, '2.0'],
          [2, 1700000010, '3.0'],
        ],
      })
    })
  },
)
