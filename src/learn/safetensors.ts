/**
 * Weights on disk: the safetensors format, which PyTorch, JAX and Hugging Face read as well.
 *
 * A file is an 8-byte little-endian header length, a JSON header (one entry a tensor, and `__metadata__`, a map of
 * strings), and the tensors' bytes one after the other. Levelshift stores 32-bit floats, and 16-bit ones (half
 * precision) where the caller asks for them and they hold the very same numbers.
 *
 * Every file carries a checksum as the first entry of its metadata: `sha256` of the whole file with the 64 digits of
 * the checksum itself read as zeros. So no damaged file is ever taken for a good one, wherever the damage is: a
 * flipped bit in a step counter would otherwise go unnoticed for days. Pure functions on bytes, no I/O: they run in the
 * browser as well.
 */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { z } from 'zod'
import { messageOf, quoted, UserError } from '../core/errors.ts'
import { decodeHalf, encodeHalf } from './float16.ts'

/** One tensor outside any backend; `data.length` is the product of `shape`, and 1 for the scalar shape []. */
export interface StoredTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
  /** How it is stored; F32, 32-bit floats, when not given. */
  readonly dtype?: 'F16'
}

/** What a safetensors file holds: named tensors, in the order of their bytes, and a map of strings. */
export interface TensorFile {
  readonly tensors: ReadonlyMap<string, StoredTensor>
  readonly metadata: Readonly<Record<string, string>>
}

/** The header's first bytes in every file that Levelshift writes; the checksum's digits follow. */
const CHECKSUM_PREFIX = '{"__metadata__":{"sha256":"'
const CHECKSUM_START = 8 + CHECKSUM_PREFIX.length
const CHECKSUM_DIGITS = 64
/** The format's own limit: a longer header is a file of another kind, read as a length. */
const MAX_HEADER_BYTES = 100_000_000
/** The header is padded with spaces, so that the tensors' bytes start at a multiple of this. */
const ALIGNMENT = 8

/** The format's own key, and one that JSON readers in JavaScript drop. */
const RESERVED_NAMES = ['__metadata__', '__proto__']

/** Bytes of a number by the format's name of its type. */
const NUMBER_BYTES = { F32: 4, F16: 2 } as const
type Dtype = keyof typeof NUMBER_BYTES

const metadataSchema = z.record(z.string(), z.string())
const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().min(0)),
  data_offsets: z.tuple([z.int().min(0), z.int().min(0)]),
})
type Entry = z.infer<typeof entrySchema> & { readonly name: string; readonly dtype: Dtype }

/** The bytes of a safetensors file. The same input gives the same bytes. */
export function encodeSafetensors(file: TensorFile): Uint8Array {
  const taken = Object.keys(file.metadata).find(key => key === 'sha256' || RESERVED_NAMES.includes(key))
  if (taken !== undefined) throw new Error(`${quoted(taken)} cannot be a key of the metadata`)
  let end = 0
  const entries = [...file.tensors].map(([name, tensor]) => {
    if (RESERVED_NAMES.includes(name)) throw new Error(`${quoted(name)} cannot be the name of a tensor`)
    const size = sizeOf(tensor.shape)
    if (size !== tensor.data.length) {
      throw new Error(
        `tensor ${quoted(name)} of shape [${tensor.shape}] needs ${size} numbers, got ${tensor.data.length}`,
      )
    }
    const begin = end
    const { dtype = 'F32', shape } = tensor
    end += NUMBER_BYTES[dtype] * size
    return `${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`
  })
  const metadata = Object.entries(file.metadata).map(pair => pair.map(part => JSON.stringify(part)).join(':'))
  const zeros = '0'.repeat(CHECKSUM_DIGITS)
  const head = [`${CHECKSUM_PREFIX}${zeros}"`, ...metadata].join(',')
  const json = new TextEncoder().encode(`${[`${head}}`, ...entries].join(',')}}`)

  const headerLength = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT
  const bytes = new Uint8Array(8 + headerLength + end).fill(0x20, 8, 8 + headerLength)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true)
  bytes.set(json, 8)
  let at = 8 + headerLength
  for (const [name, { data, dtype }] of file.tensors) {
    const stored = dtype === 'F16' ? halves(data, name) : data
    bytes.set(new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength), at)
    at += stored.byteLength
  }
  bytes.set(new TextEncoder().encode(bytesToHex(sha256(bytes))), CHECKSUM_START)
  return bytes
}

/**
 * The tensors and metadata of a safetensors file. A truncated, damaged or foreign one is refused with a UserError that
 * names it by `source`, normally its path.
 */
export function decodeSafetensors(bytes: Uint8Array, source: string): TensorFile {
  const { header, dataStart } = readHeader(bytes, source)
  const entries = readEntries(header, source)
  checkLayout(entries, bytes.length - dataStart, source)
  verifyChecksum(bytes, dataStart, source)
  const { sha256: _, ...metadata } = metadataSchema.parse(header['__metadata__'])
  const tensors = new Map<string, StoredTensor>()
  for (const { name, shape, data_offsets, dtype } of entries) {
    // A copy, because the file's bytes need not start at a multiple of four in memory. (Buffer's slice does not copy.)
    const own = new Uint8Array(bytes.subarray(dataStart + data_offsets[0], dataStart + data_offsets[1]))
    if (dtype === 'F32') tensors.set(name, { shape, data: new Float32Array(own.buffer) })
    else tensors.set(name, { shape, data: Float32Array.from(new Uint16Array(own.buffer), decodeHalf), dtype })
  }
  return { tensors, metadata }
}

/**
 * The metadata alone, from the beginning of a file, which may be cut off anywhere after its header. The checksum is not
 * looked at.
 */
export function decodeMetadata(beginning: Uint8Array, source: string): Readonly<Record<string, string>> {
  return metadataSchema.parse(readHeader(beginning, source).header['__metadata__'] ?? {})
}

/** Numbers as 16-bit floats; one that would change is a fault of the caller, who rounds them first. */
function halves(data: Float32Array, name: string): Uint16Array {
  return Uint16Array.from(data, value => {
    const bits = encodeHalf(value)
    if (!Object.is(decodeHalf(bits), value))
      throw new Error(`tensor ${quoted(name)} holds ${value}, which 16 bits do not hold`)
    return bits
  })
}

function readHeader(bytes: Uint8Array, source: string) {
  if (bytes.length < 8) {
    throw damaged(source, `it has ${bytes.length} bytes, a safetensors file has at least 8`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = view.getBigUint64(0, true)
  if (length > MAX_HEADER_BYTES) {
    throw new UserError(
      `${source}: not a safetensors file: its first 8 bytes announce a header of ${length} bytes, ` +
        `expected at most ${MAX_HEADER_BYTES}; give a checkpoint that Levelshift wrote`,
    )
  }
  const dataStart = 8 + Number(length)
  if (dataStart > bytes.length) {
    throw damaged(source, `it ends after ${bytes.length} bytes, its header alone needs ${dataStart}`)
  }
  const header = parseHeader(bytes.subarray(8, dataStart), source)
  return { header, dataStart }
}

function parseHeader(bytes: Uint8Array, source: string): Record<string, unknown> {
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw damaged(source, `its header is not JSON (${messageOf(error)})`)
  }
  const parsed = z.record(z.string(), z.unknown()).safeParse(header)
  if (!parsed.success) throw damaged(source, 'its header is not a JSON object')
  const metadata = metadataSchema.optional().safeParse(parsed.data['__metadata__'])
  if (!metadata.success) throw damaged(source, 'its __metadata__ is not a map of strings')
  return parsed.data
}

function readEntries(header: Record<string, unknown>, source: string): Entry[] {
  const entries: Entry[] = []
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue
    const entry = entrySchema.safeParse(value)
    if (!entry.success) {
      throw damaged(
        source,
        `its header describes tensor ${quoted(name)} without dtype, shape and data_offsets`,
      )
    }
    const { dtype } = entry.data
    if (dtype !== 'F32' && dtype !== 'F16') {
      throw new UserError(
        `${source}: tensor ${quoted(name)} has dtype ${quoted(dtype)}, expected F32 or F16: ` +
          'Levelshift reads 32-bit and 16-bit floats only, so convert the file first',
      )
    }
    entries.push({ ...entry.data, name, dtype })
  }
  return entries.sort(
    (a, b) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1],
  )
}

/** The tensors must follow each other without a gap and end where the file ends. */
function checkLayout(entries: readonly Entry[], dataLength: number, source: string): void {
  let end = 0
  for (const { name, shape, data_offsets, dtype } of entries) {
    const bytes = NUMBER_BYTES[dtype] * sizeOf(shape)
    if (data_offsets[0] !== end || data_offsets[1] !== end + bytes) {
      throw damaged(
        source,
        `tensor ${quoted(name)} of shape [${shape}] lies at bytes ${data_offsets.join(' to ')}, ` +
          `expected ${end} to ${end + bytes}`,
      )
    }
    end += bytes
  }
  if (dataLength !== end) {
    throw damaged(source, `it holds ${dataLength} bytes of tensors, its header announces ${end}`)
  }
}

function verifyChecksum(bytes: Uint8Array, dataStart: number, source: string): void {
  const ascii = new TextDecoder('latin1')
  const prefix = ascii.decode(bytes.subarray(8, CHECKSUM_START))
  const digits = ascii.decode(bytes.subarray(CHECKSUM_START, CHECKSUM_START + CHECKSUM_DIGITS))
  if (prefix !== CHECKSUM_PREFIX || dataStart < CHECKSUM_START || !/^[0-9a-f]{64}$/.test(digits)) {
    throw new UserError(
      `${source}: the file carries no checksum: expected 'sha256' as the first entry of its metadata, ` +
        'as in every checkpoint that Levelshift writes',
    )
  }
  const zeros = new Uint8Array(CHECKSUM_DIGITS).fill(0x30)
  const digest = sha256
    .create()
    .update(bytes.subarray(0, CHECKSUM_START))
    .update(zeros)
    .update(bytes.subarray(CHECKSUM_START + CHECKSUM_DIGITS))
    .digest()
  if (bytesToHex(digest) !== digits) {
    throw damaged(
      source,
      `its checksum is ${bytesToHex(digest).slice(0, 12)}…, expected ${digits.slice(0, 12)}…`,
    )
  }
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, extent) => size * extent, 1)
}

function damaged(source: string, how: string): UserError {
  return new UserError(
    `${source}: the file is damaged or cut short: ${how}; use another copy or write it again`,
  )
}
