/**
 * The tile numbers of a Tiled layer or chunk, in every way that Tiled writes them: lists, CSV, and base64 of 32-bit
 * little-endian numbers that are plain or compressed by zlib, gzip or zstd. How many there are is known beforehand, so
 * anything longer, such as a decompression bomb, is refused before it is unpacked.
 */
import { Gunzip, Unzlib } from 'fflate'
import { messageOf, quoted } from '../../src/core/errors.ts'
import { refuse } from './tiled-node.ts'
import { decompressZstd } from './zstd.ts'

const BYTES_PER_TILE = 4
/** Compressed bytes that are unpacked at a time: even a bomb has grown to half a megabyte only before it is noticed. */
const PIECE = 512

export const COMPRESSIONS = ['', 'zlib', 'gzip', 'zstd'] as const

/** Reads `count` tile numbers with their flip bits. `node` is named in errors. */
export function readTileNumbers(
  content: string | readonly unknown[],
  { encoding, compression }: { readonly encoding: string; readonly compression: string },
  count: number,
  node: { where(): string },
): ArrayLike<number> {
  if (typeof content !== 'string') {
    requireCount(content.length, count, node)
    return content.map(value =>
      isTileNumber(value) ? value : refuse(node, `data: expected tile numbers, got ${quoted(value)}`),
    )
  }
  if (encoding === 'csv') {
    const values = content.split(',')
    requireCount(values.length, count, node)
    return values.map(text => {
      const trimmed = text.trim()
      const value = /^\d{1,10}$/.test(trimmed) ? Number(trimmed) : undefined
      return isTileNumber(value)
        ? value
        : refuse(node, `data: expected tile numbers between commas, got ${quoted(trimmed)}`)
    })
  }
  if (encoding !== 'base64') refuse(node, `encoding: expected csv or base64, got ${quoted(encoding)}`)
  const bytes = unpack(fromBase64(content, count, node), compression, count * BYTES_PER_TILE, node)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Uint32Array.from({ length: count }, (_, i) => view.getUint32(i * BYTES_PER_TILE, true))
}

function isTileNumber(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffffffff
}

function requireCount(got: number, expected: number, node: { where(): string }): void {
  if (got !== expected) refuse(node, `data: ${got} tiles, expected ${expected} (width times height)`)
}

function fromBase64(content: string, count: number, node: { where(): string }): Uint8Array {
  const text = content.replace(/\s+/g, '')
  // No compressor makes data much longer than it was.
  const most = Math.ceil((count * BYTES_PER_TILE * 2 + 1024) / 3) * 4
  if (text.length > most)
    refuse(node, `data: ${text.length} characters of base64; ${count} tiles take at most ${most}`)
  let binary: string
  try {
    binary = atob(text)
  } catch {
    return refuse(node, `data: expected base64, got ${quoted(text)}`)
  }
  return Uint8Array.from(binary, character => character.charCodeAt(0))
}

function unpack(
  packed: Uint8Array,
  compression: string,
  size: number,
  node: { where(): string },
): Uint8Array {
  try {
    switch (compression) {
      case '':
        if (packed.length !== size) throw new Error(`it is ${packed.length} bytes`)
        return packed
      case 'zlib':
      case 'gzip':
        return inflate(packed, compression, size)
      case 'zstd':
        return decompressZstd(packed, size)
    }
  } catch (error) {
    const how = compression === '' ? 'base64' : compression
    refuse(
      node,
      `data: expected ${size} bytes in ${how}; it is damaged or of another size: ${messageOf(error)}`,
    )
  }
  return refuse(
    node,
    `compression: expected none or one of ${COMPRESSIONS.slice(1).join(', ')}, got ${quoted(compression)}`,
  )
}

function inflate(packed: Uint8Array, compression: 'zlib' | 'gzip', size: number): Uint8Array {
  const out = new Uint8Array(size)
  let length = 0
  const take = (piece: Uint8Array) => {
    if (length + piece.length > size) throw new Error(`its content is more than ${size} bytes`)
    out.set(piece, length)
    length += piece.length
  }
  const stream = compression === 'zlib' ? new Unzlib(take) : new Gunzip(take)
  for (let at = 0; at < packed.length || at === 0; at += PIECE)
    stream.push(packed.subarray(at, at + PIECE), at + PIECE >= packed.length)
  if (length !== size) throw new Error(`its content is ${length} bytes`)
  return out
}
