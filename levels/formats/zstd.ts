/**
 * Zstandard, decompression only, after RFC 8878 (https://www.rfc-editor.org/rfc/rfc8878): one frame, without a
 * dictionary, of a size that is known beforehand. Level files come from anywhere, and the small decoders at hand do not
 * end on some damaged ones; here every loop is bounded by the input or by that size, and nothing larger is ever allocated.
 * The frame's checksum is not looked at.
 */
import {
  BackwardBits,
  bad,
  buildTable,
  byteAt,
  type FseTable,
  highBit,
  readTable,
  rleTable,
} from './zstd-fse.ts'

/** A prefix code (section 4.2): for each value of the next `log` bits the symbol and the length of its code. */
interface Huffman {
  readonly log: number
  readonly symbols: Uint8Array
  readonly bits: Uint8Array
}

/** What a block may take over from the one before it. */
interface Carried {
  huffman: Huffman | undefined
  /** Of literal lengths, offsets and match lengths. */
  readonly tables: (FseTable | undefined)[]
  readonly offsets: [number, number, number]
}

const MAGIC = [0x28, 0xb5, 0x2f, 0xfd]
const LONGEST_CODE = 11
const TABLE_LOGS = [9, 8, 9]
/** Offsets are below 2^25, far above any size that is asked for here. */
const SYMBOLS = [36, 25, 53]

/** Section 3.1.1.3.2.1.1: what length codes begin at, and how many bits are added. */
// biome-ignore format: a table
const LITERAL_BITS = [
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
]
// biome-ignore format: a table
const MATCH_BITS = [
  ...Array<number>(32).fill(0), 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
]
const LITERAL_BASES = basesOf(LITERAL_BITS, 0)
const MATCH_BASES = basesOf(MATCH_BITS, 3)

/** Section 3.1.1.3.2.2: the tables that need not be sent, of literal lengths, offsets and match lengths. */
// biome-ignore format: tables
const PREDEFINED = [
  buildTable([
    4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1,
  ], 6),
  buildTable([1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1], 5),
  buildTable([1, 4, 3, 2, 2, 2, 2, 2, 2, ...Array<number>(37).fill(1), -1, -1, -1, -1, -1, -1, -1], 6),
]

/** The content of a frame, which is exactly `size` bytes; throws on anything else. */
export function decompressZstd(data: Uint8Array, size: number): Uint8Array {
  if (MAGIC.some((byte, i) => data[i] !== byte)) bad('no Zstandard frame')
  const descriptor = byteAt(data, 4)
  if (descriptor & 8) bad('a reserved bit is set')
  const single = (descriptor >> 5) & 1
  let at = 6 - single
  for (const end = at + [0, 1, 2, 4][descriptor & 3]!; at < end; at++)
    if (byteAt(data, at) !== 0) bad('it needs a dictionary')
  const sizeBytes = [single, 2, 4, 8][descriptor >> 6]!
  let told = sizeBytes === 2 ? 256 : 0
  for (let i = 0; i < sizeBytes; i++) told += byteAt(data, at++) * 256 ** i
  if (sizeBytes && told !== size) bad(`its content is ${told} bytes, expected ${size}`)

  const out = new Uint8Array(size)
  const carried: Carried = {
    huffman: undefined,
    tables: [undefined, undefined, undefined],
    offsets: [1, 4, 8],
  }
  let length = 0
  for (let last = 0; !last; ) {
    const header = byteAt(data, at) | (byteAt(data, at + 1) << 8) | (byteAt(data, at + 2) << 16)
    at += 3
    last = header & 1
    const type = (header >> 1) & 3
    const blockSize = header >> 3
    const end = at + (type === 1 ? 1 : blockSize)
    if (end > data.length) bad('it is cut off')
    if (type < 2) {
      if (length + blockSize > size) bad(`its content is more than ${size} bytes`)
      if (type === 0) out.set(data.subarray(at, end), length)
      else out.fill(data[at]!, length, length + blockSize)
      length += blockSize
    } else if (type === 2) length = decodeBlock(data.subarray(at, end), out, length, carried)
    else bad('a block of an unknown type')
    at = end
  }
  if (at + (descriptor & 4) !== data.length) bad('something follows the frame')
  if (length !== size) bad(`its content is ${length} bytes, expected ${size}`)
  return out
}

/** Section 3.1.1.3: literals, then sequences of literals and matches. Returns the new length of `out`. */
function decodeBlock(block: Uint8Array, out: Uint8Array, start: number, carried: Carried): number {
  const { literals, next } = readLiterals(block, out.length, carried)
  let at = next
  let count = byteAt(block, at++)
  if (count > 127)
    count =
      count < 255
        ? ((count - 128) << 8) + byteAt(block, at++)
        : byteAt(block, at++) + (byteAt(block, at++) << 8) + 0x7f00
  let length = start
  let used = 0
  if (count > 0) {
    const modes = byteAt(block, at++)
    if (modes & 3) bad('a reserved bit is set')
    for (let i = 0; i < 3; i++) {
      const mode = (modes >> (6 - 2 * i)) & 3
      if (mode === 0) carried.tables[i] = PREDEFINED[i]
      else if (mode === 1) carried.tables[i] = rleTable(byteAt(block, at++), SYMBOLS[i]!)
      else if (mode === 2) {
        const read = readTable(block, at, TABLE_LOGS[i]!, SYMBOLS[i]!)
        carried.tables[i] = read.table
        at = read.next
      }
    }
    const [literalTable, offsetTable, matchTable] = carried.tables
    if (!literalTable || !offsetTable || !matchTable) return bad('a table is missing')
    const bits = new BackwardBits(block, at, block.length)
    let literalState = bits.read(literalTable.log)
    let offsetState = bits.read(offsetTable.log)
    let matchState = bits.read(matchTable.log)
    for (let i = 0; ; ) {
      const offsetCode = offsetTable.symbols[offsetState]!
      const matchCode = matchTable.symbols[matchState]!
      const literalCode = literalTable.symbols[literalState]!
      const offsetValue = (1 << offsetCode) + bits.read(offsetCode)
      const match = MATCH_BASES[matchCode]! + bits.read(MATCH_BITS[matchCode]!)
      const plain = LITERAL_BASES[literalCode]! + bits.read(LITERAL_BITS[literalCode]!)
      const offset = nextOffset(carried.offsets, offsetValue, plain === 0)
      if (used + plain > literals.length || length + plain + match > out.length)
        bad('its content is too long')
      out.set(literals.subarray(used, used + plain), length)
      used += plain
      length += plain
      if (offset < 1 || offset > length) bad('a match reaches before the beginning')
      for (const end = length + match; length < end; length++) out[length] = out[length - offset]!
      if (++i === count) break
      literalState = literalTable.bases[literalState]! + bits.read(literalTable.bits[literalState]!)
      matchState = matchTable.bases[matchState]! + bits.read(matchTable.bits[matchState]!)
      offsetState = offsetTable.bases[offsetState]! + bits.read(offsetTable.bits[offsetState]!)
    }
    if (bits.left !== 0) bad('bits are left over')
  } else if (at !== block.length) bad('something follows the literals')
  if (length + literals.length - used > out.length) bad('its content is too long')
  out.set(literals.subarray(used), length)
  return length + literals.length - used
}

/** Section 3.1.1.5: the last three offsets can be named by 1, 2 and 3, shifted by one where no literals come before. */
function nextOffset(last: [number, number, number], value: number, shifted: boolean): number {
  const index = value > 3 ? 3 : value - 1 + (shifted ? 1 : 0)
  const offset = value > 3 ? value - 3 : index === 3 ? last[0] - 1 : last[index]!
  if (index > 1) last[2] = last[1]
  if (index > 0) last[1] = last[0]
  last[0] = offset
  return offset
}

/** Section 3.1.1.3.1. */
function readLiterals(
  block: Uint8Array,
  most: number,
  carried: Carried,
): { literals: Uint8Array; next: number } {
  const first = byteAt(block, 0)
  const type = first & 3
  const format = (first >> 2) & 3
  if (type < 2) {
    const header = format & 1 ? (format === 1 ? 2 : 3) : 1
    let size = header === 1 ? first >> 3 : first >> 4
    if (header > 1) size += byteAt(block, 1) << 4
    if (header > 2) size += byteAt(block, 2) << 12
    const next = header + (type === 0 ? size : 1)
    if (size > most || next > block.length) bad('literals are too long')
    if (type === 0) return { literals: block.subarray(header, next), next }
    return { literals: new Uint8Array(size).fill(block[header]!), next }
  }
  const bitsOfSize = [10, 10, 14, 18][format]!
  const header = [3, 3, 4, 5][format]!
  let sizes = 0
  for (let i = 0; i < header; i++) sizes += byteAt(block, i) * 256 ** i
  sizes = Math.floor(sizes / 16)
  const size = sizes % 2 ** bitsOfSize
  const next = header + Math.floor(sizes / 2 ** bitsOfSize)
  if (size > most || next > block.length) bad('literals are too long')
  let at = header
  if (type === 2) {
    const read = readHuffman(block, at, next)
    carried.huffman = read.huffman
    at = read.next
  }
  const { huffman } = carried
  if (!huffman) return bad('a code is missing')
  const literals = new Uint8Array(size)
  if (format === 0) decodeStream(block, at, next, huffman, literals)
  else {
    const quarter = (size + 3) >> 2
    let begin = at + 6
    for (let i = 0; i < 4; i++) {
      const end = i < 3 ? begin + byteAt(block, at + 2 * i) + (byteAt(block, at + 2 * i + 1) << 8) : next
      if (end > next) bad('it is cut off')
      decodeStream(
        block,
        begin,
        end,
        huffman,
        literals.subarray(i * quarter, i < 3 ? (i + 1) * quarter : size),
      )
      begin = end
    }
  }
  return { literals, next }
}

function decodeStream(
  block: Uint8Array,
  begin: number,
  end: number,
  huffman: Huffman,
  out: Uint8Array,
): void {
  const bits = new BackwardBits(block, begin, end)
  for (let i = 0; i < out.length; i++) {
    const code = bits.peek(huffman.log)
    out[i] = huffman.symbols[code]!
    bits.left -= huffman.bits[code]!
    if (bits.left < 0) bad('it is cut off')
  }
  if (bits.left !== 0) bad('bits are left over')
}

/** Section 4.2.1: the code, told by the weights of its symbols. The last weight follows from the others. */
function readHuffman(block: Uint8Array, begin: number, end: number): { huffman: Huffman; next: number } {
  const header = byteAt(block, begin)
  const at = begin + 1
  const next = at + (header < 128 ? header : (header - 126) >> 1)
  if (next > end) bad('it is cut off')
  const weights = header < 128 ? readWeights(block, at, next) : []
  for (let i = 0; i < header - 127; i++) weights.push((block[at + (i >> 1)]! >> (i & 1 ? 0 : 4)) & 15)
  let sum = 0
  for (const weight of weights) sum += weight ? 1 << (weight - 1) : 0
  const log = sum ? highBit(sum) + 1 : 0
  const rest = (1 << log) - sum
  if (log < 1 || log > LONGEST_CODE || rest !== 1 << highBit(rest)) bad('a code is damaged')
  weights.push(highBit(rest) + 1)
  const symbols = new Uint8Array(1 << log)
  const bits = new Uint8Array(1 << log)
  let from = 0
  for (let weight = 1; weight <= log; weight++)
    for (let symbol = 0; symbol < weights.length; symbol++)
      if (weights[symbol] === weight) {
        const to = from + (1 << (weight - 1))
        symbols.fill(symbol, from, to)
        bits.fill(log + 1 - weight, from, to)
        from = to
      }
  return { huffman: { log, symbols, bits }, next }
}

/** Section 4.2.1.2: weights that are compressed themselves, by two states in turn until the bits are used up. */
function readWeights(block: Uint8Array, begin: number, end: number): number[] {
  const { table, next } = readTable(block.subarray(0, end), begin, 6, 16)
  const bits = new BackwardBits(block, next, end)
  const weights: number[] = []
  const states = [bits.read(table.log), bits.read(table.log)]
  for (let turn = 0; ; turn ^= 1) {
    const state = states[turn]!
    weights.push(table.symbols[state]!)
    if (bits.left < table.bits[state]!) {
      weights.push(table.symbols[states[turn ^ 1]!]!)
      break
    }
    states[turn] = table.bases[state]! + bits.read(table.bits[state]!)
    if (weights.length > 253) bad('a code is damaged')
  }
  return weights
}

function basesOf(bits: readonly number[], first: number): number[] {
  let base = first
  return bits.map(count => {
    base += 1 << count
    return base - (1 << count)
  })
}
