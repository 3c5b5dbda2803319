/** Finite-state entropy, the codes of Zstandard's numbers: section 4.1 of RFC 8878. */

/** A finite-state-entropy table (section 4.1): for each state its symbol, and how many bits lead on from which base. */
export interface FseTable {
  readonly log: number
  readonly symbols: Uint8Array
  readonly bits: Uint8Array
  readonly bases: Uint16Array
}

/** Ends the decoding of damaged data. */
export function bad(what: string): never {
  throw new Error(what)
}

export function byteAt(data: Uint8Array, at: number): number {
  return data[at] ?? bad('it is cut off')
}

/** Section 4.1.1: a table, told by how often each symbol occurs in it. */
export function readTable(
  block: Uint8Array,
  begin: number,
  mostLog: number,
  mostSymbols: number,
): { table: FseTable; next: number } {
  let bit = begin * 8
  const take = (count: number): number => {
    const at = bit >> 3
    if (bit + count > block.length * 8) bad('it is cut off')
    const value = block[at]! | ((block[at + 1] ?? 0) << 8) | ((block[at + 2] ?? 0) << 16)
    bit += count
    return (value >> (bit - count - at * 8)) & ((1 << count) - 1)
  }
  const log = take(4) + 5
  if (log > mostLog) bad('a table is too large')
  const counts: number[] = []
  let left = 1 << log
  while (left > 0) {
    const bits = highBit(left + 1) + 1
    const low = take(bits - 1)
    const threshold = (1 << bits) - 2 - left
    let value = low
    if (low >= threshold && take(1)) value = low + (1 << (bits - 1)) - threshold
    counts.push(value - 1)
    left -= Math.abs(value - 1)
    if (value === 1)
      for (let repeat = 3; repeat === 3 && counts.length <= mostSymbols; ) {
        repeat = take(2)
        for (let i = 0; i < repeat; i++) counts.push(0)
      }
    if (left < 0 || counts.length > mostSymbols) bad('a table is damaged')
  }
  return { table: buildTable(counts, log), next: (bit + 7) >> 3 }
}

export function rleTable(symbol: number, mostSymbols: number): FseTable {
  if (symbol >= mostSymbols) bad('a table is damaged')
  return { log: 0, symbols: Uint8Array.of(symbol), bits: new Uint8Array(1), bases: new Uint16Array(1) }
}

/** Spreads the symbols over the states; -1 is a symbol that is rarer than one state. The counts fill the table. */
export function buildTable(counts: readonly number[], log: number): FseTable {
  const size = 1 << log
  const symbols = new Uint8Array(size)
  const bits = new Uint8Array(size)
  const bases = new Uint16Array(size)
  let high = size
  counts.forEach((count, symbol) => {
    if (count === -1) symbols[--high] = symbol
  })
  let at = 0
  counts.forEach((count, symbol) => {
    for (let i = 0; i < count; i++) {
      symbols[at] = symbol
      do at = (at + (size >> 1) + (size >> 3) + 3) & (size - 1)
      while (at >= high)
    }
  })
  const nexts = counts.map(Math.abs)
  for (let state = 0; state < size; state++) {
    const next = nexts[symbols[state]!]!++
    bits[state] = log - highBit(next)
    bases[state] = (next << bits[state]!) - size
  }
  return { log, symbols, bits, bases }
}

/** Bits that are read from the last one to the first, as section 4.1 writes them; the highest bit set ends them. */
export class BackwardBits {
  /** Bits that are still unread. */
  left: number
  private readonly data: Uint8Array
  private readonly begin: number
  constructor(data: Uint8Array, begin: number, end: number) {
    const last = end > begin ? data[end - 1]! : 0
    if (last === 0) bad('it is cut off')
    this.data = data
    this.begin = begin
    this.left = (end - begin - 1) * 8 + highBit(last)
  }

  /** At most 24 bits. */
  read(count: number): number {
    const value = this.peek(count)
    this.left -= count
    return this.left < 0 ? bad('it is cut off') : value
  }

  /** The next bits; zeros follow the last one. */
  peek(count: number): number {
    const from = Math.max(this.left - count, 0)
    const got = Math.max(this.left - from, 0)
    const at = this.begin + (from >> 3)
    const { data } = this
    const four = data[at]! | (data[at + 1]! << 8) | (data[at + 2]! << 16) | (data[at + 3]! << 24)
    return ((four >>> (from & 7)) & ((1 << got) - 1)) << (count - got)
  }
}

export function highBit(value: number): number {
  return 31 - Math.clz32(value)
}
