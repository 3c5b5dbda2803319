/** Damage to bytes, as transmission, editors and bad luck do it, and as somebody would do it who looks for a crash. */
import type { Stream } from '../../src/core/random.ts'

/** What numbers of a file are replaced by. */
export const EXTREMES = [
  '0',
  '-0',
  '1',
  '-1',
  '2',
  '63',
  '64',
  '65',
  '255',
  '256',
  '4096',
  '65535',
  '65536',
  '2147483647',
  '-2147483648',
  '4294967295',
  '9007199254740993',
  '99999999999999999999',
  '1e308',
  '-1e308',
  '1e-7',
  '0.5',
  '1e999',
  'NaN',
  'null',
] as const

const BYTES = [
  0, 1, 9, 10, 13, 32, 34, 39, 40, 44, 45, 47, 48, 57, 58, 60, 62, 91, 92, 93, 123, 125, 127, 128, 0xc2, 0xef,
  255,
]
const MAX_MUTATIONS = 8
/** Nothing that a mutation makes is longer; larger files only cost time. */
const MAX_BYTES = 200_000

type Mutation = (
  bytes: Uint8Array,
  random: Stream,
  other: Uint8Array,
  tokens: readonly string[],
) => Uint8Array

const MUTATIONS: readonly Mutation[] = [
  function flipBit(bytes, random) {
    const out = bytes.slice()
    if (out.length) out[random.int(out.length)]! ^= 1 << random.int(8)
    return out
  },
  function setByte(bytes, random) {
    const out = bytes.slice()
    if (out.length) out[random.int(out.length)] = random.pick(BYTES)
    return out
  },
  function insertBytes(bytes, random) {
    const at = random.int(bytes.length + 1)
    const added = Uint8Array.from({ length: 1 + random.int(8) }, () =>
      random.int(2) ? random.int(256) : random.pick(BYTES),
    )
    return splice(bytes, at, at, added)
  },
  function repeatByte(bytes, random) {
    const at = random.int(bytes.length + 1)
    const length = random.pick([2, 16, 64, 65, 1000, 150_000])
    return splice(bytes, at, at, new Uint8Array(length).fill(bytes[at] ?? random.pick(BYTES)))
  },
  function removeChunk(bytes, random) {
    const [from, to] = chunk(bytes, random)
    return splice(bytes, from, to, new Uint8Array())
  },
  function repeatChunk(bytes, random) {
    const [from, to] = chunk(bytes, random)
    const times = random.pick([1, 1, 2, 8, 64])
    const repeated = new Uint8Array((to - from) * times)
    for (let i = 0; i < times; i++) repeated.set(bytes.subarray(from, to), i * (to - from))
    return splice(bytes, to, to, repeated)
  },
  function moveChunk(bytes, random) {
    const [from, to] = chunk(bytes, random)
    const rest = splice(bytes, from, to, new Uint8Array())
    const at = random.int(rest.length + 1)
    return splice(rest, at, at, bytes.subarray(from, to))
  },
  function takeFromOther(bytes, random, other) {
    const [from, to] = chunk(bytes, random)
    const [otherFrom, otherTo] = chunk(other, random)
    return splice(bytes, from, to, other.subarray(otherFrom, otherTo))
  },
  function joinWithOther(bytes, random, other) {
    return splice(
      bytes,
      random.int(bytes.length + 1),
      bytes.length,
      other.subarray(random.int(other.length + 1)),
    )
  },
  function cutOff(bytes, random) {
    return bytes.slice(0, random.int(bytes.length + 1))
  },
  function replaceNumber(bytes, random) {
    const found = numbersOf(bytes)
    if (found.length === 0) return bytes
    const [from, to] = random.pick(found)
    return splice(bytes, from, to, encode(random.pick(EXTREMES)))
  },
  function insertToken(bytes, random, _, tokens) {
    const at = random.int(bytes.length + 1)
    return splice(bytes, at, at, encode(random.pick(tokens)))
  },
  function replaceByToken(bytes, random, _, tokens) {
    const [from, to] = chunk(bytes, random, 12)
    return splice(bytes, from, to, encode(random.pick(tokens)))
  },
  function repeatToken(bytes, random, _, tokens) {
    const at = random.int(bytes.length + 1)
    return splice(bytes, at, at, encode(random.pick(tokens).repeat(random.pick([2, 40, 1000, 20_000]))))
  },
  function changeLines(bytes, random) {
    const lines = decode(bytes).split('\n')
    const at = random.int(lines.length)
    const line = lines[at] as string
    const changed = random.pick([
      [],
      [line, line],
      [line, ''],
      [`${line} `],
      [` ${line}`],
      [`${line}\r`],
      [line.toUpperCase()],
      [[...line].reverse().join('')],
    ])
    lines.splice(at, 1, ...changed)
    if (random.int(2)) lines.push(...lines.splice(random.int(lines.length), 1))
    return encode(lines.join('\n'))
  },
]

/** One to eight mutations, few more often than many. */
export function mutateBytes(
  bytes: Uint8Array,
  random: Stream,
  other: Uint8Array,
  tokens: readonly string[],
): Uint8Array {
  let out = bytes
  for (let i = 0; i < MAX_MUTATIONS; i++) {
    out = random.pick(MUTATIONS)(out, random, other, tokens).slice(0, MAX_BYTES)
    if (random.int(2)) break
  }
  return out
}

/** A random stretch, short ones more often than long ones. */
function chunk(
  bytes: Uint8Array,
  random: Stream,
  longest = random.pick([4, 32, 256, bytes.length]),
): [number, number] {
  const from = random.int(bytes.length + 1)
  return [from, Math.min(bytes.length, from + 1 + random.int(longest + 1))]
}

function splice(bytes: Uint8Array, from: number, to: number, added: Uint8Array): Uint8Array {
  const out = new Uint8Array(from + added.length + bytes.length - to)
  out.set(bytes.subarray(0, from))
  out.set(added, from)
  out.set(bytes.subarray(to), from + added.length)
  return out
}

function numbersOf(bytes: Uint8Array): [number, number][] {
  return [...decode(bytes).matchAll(/-?\d+(\.\d+)?/g)].map(match => [
    match.index,
    match.index + match[0].length,
  ])
}

/** One character a byte, so that places in the text are places in the bytes. */
function decode(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

function encode(text: string): Uint8Array {
  return Buffer.from(text, 'latin1')
}
