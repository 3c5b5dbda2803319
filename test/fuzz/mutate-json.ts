/** Damage to the structure of JSON: the file stays JSON, but something in it is wrong, missing, too many or too deep. */
import { deflateSync, gzipSync } from 'node:zlib'
import type { Stream } from '../../src/core/random.ts'
import { EXTREMES } from './mutate-bytes.ts'

/** Where a value stands. */
interface Slot {
  readonly holder: Record<string, unknown> | unknown[]
  readonly key: string | number
}

const MAX_MUTATIONS = 4
/** Stand for what no value can be, or what is too deep to write: replaced in the text. */
const NUMBER_MARK = '@@number@@'
const DEEP_MARK = '@@deep@@'
const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'length',
  '',
  'tile',
  'game',
  'rules.worth',
  'rules_worth',
  'title',
  '\u2028',
  'a\nb',
]
const TEXTS = [
  '',
  ' ',
  'x',
  '\n',
  'two\nlines',
  '\u0000',
  '\u2028',
  '\ud800',
  '../x',
  'wall',
  'floor',
  'player',
  'gems',
  'null',
  '[1,',
  '{"a":',
  '<a>',
  '%s',
  'x'.repeat(5000),
  '1'.repeat(100_000),
  `${' '.repeat(100_000)}x`,
  '@'.repeat(64),
]

/** Mutates JSON text; other is a second file to take values from. Text that is no JSON comes back as it is. */
export function mutateJson(text: string, random: Stream, other: string): string {
  let root: { value: unknown }
  let strange: { value: unknown }
  try {
    root = { value: JSON.parse(text) }
    strange = { value: JSON.parse(other) }
  } catch {
    return text
  }
  for (let i = 0; i < MAX_MUTATIONS; i++) {
    // Many copies only once, as copies of copies would grow without end.
    mutateOnce(root, random, strange, i === 0 ? 30 : 1)
    if (random.int(2)) break
  }
  let number = 0
  const depth = random.pick([20, 20, 500, 3000, 3000, 50_000])
  const deep = random.int(2)
    ? `${'['.repeat(depth)}${']'.repeat(depth)}`
    : `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`
  return (JSON.stringify(root.value) ?? '')
    .replaceAll(
      `"${NUMBER_MARK}"`,
      () => EXTREMES[(random.int(EXTREMES.length) + number++) % EXTREMES.length] as string,
    )
    .replace(`"${DEEP_MARK}"`, deep)
    .replaceAll(`"${DEEP_MARK}"`, '[]')
}

function mutateOnce(
  root: { value: unknown },
  random: Stream,
  strange: { value: unknown },
  copies: number,
): void {
  const { holder, key } = pickSlot(root, random)
  const value = Reflect.get(holder, key)
  const set = (changed: unknown) => put(holder, key, changed)
  switch (random.int(12)) {
    case 0: // Another value of any type.
      set(anyValue(random))
      return
    case 1: // Gone.
      if (Array.isArray(holder)) holder.splice(Number(key), 1)
      else if (holder !== root) Reflect.deleteProperty(holder, key)
      return
    case 2: // More than once.
      if (Array.isArray(holder)) holder.splice(Number(key), 0, ...Array(1 + random.int(copies)).fill(value))
      return
    case 3: // Very many times.
      set(Array(random.pick([100, 100, 5000, 5000, 70_000])).fill(random.pick([0, 1, -1, null, 'x', 1.5])))
      return
    case 4: {
      // Exchanged with another place, if neither holds the other.
      const second = pickSlot(root, random)
      const held = Reflect.get(second.holder, second.key)
      if (isLeaf(held) || isLeaf(value)) {
        set(isLeaf(held) ? held : null)
        Reflect.set(second.holder, second.key, isLeaf(value) ? value : null)
      }
      return
    }
    case 5: {
      // Under another name.
      if (Array.isArray(holder) || holder === root) return
      Reflect.deleteProperty(holder, key)
      const name = random.int(2) ? random.pick(NAMES) : String(pickSlot(root, random).key)
      put(holder, name, value)
      return
    }
    case 6: // From another file.
      set(valueAt(pickSlot(strange, random)))
      return
    case 7:
      set(typeof value === 'number' ? value + random.pick([1, -1, 0.5, 16, -16]) : NUMBER_MARK)
      return
    case 8:
      set(NUMBER_MARK)
      return
    case 9:
      set(typeof value === 'string' ? changedText(value, random) : random.pick(TEXTS))
      return
    case 10: {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        set(DEEP_MARK)
        return
      }
      put(value, random.pick(NAMES), anyValue(random))
      return
    }
    default:
      set(DEEP_MARK)
      return
  }
}

/** Sets a property, also one by the name of __proto__. */
function put(holder: object, key: string | number, value: unknown): void {
  Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true })
}

function anyValue(random: Stream): unknown {
  return random.pick([
    null,
    true,
    false,
    [],
    {},
    [[]],
    [null],
    { a: 1 },
    NUMBER_MARK,
    DEEP_MARK,
    random.pick(TEXTS),
    [NUMBER_MARK],
    [random.pick(TEXTS)],
  ])
}

/** A text with one change; compressed data in it are cut, damaged, or exchanged for what unpacks to far more. */
export function changedText(text: string, random: Stream): string {
  const at = random.int(text.length + 1)
  if (/^[A-Za-z0-9+/\s]{16,}={0,2}\s*$/.test(text) && random.int(4)) {
    const bytes = Buffer.from(text, 'base64')
    const index = random.int(bytes.length)
    switch (random.int(5)) {
      case 0:
        return bytes.subarray(0, index).toString('base64')
      case 1:
        bytes[index]! ^= 1 << random.int(8)
        return bytes.toString('base64')
      case 2:
        return random.pick(bombs())
      case 3:
        return deflateSync(Buffer.alloc(random.pick([0, 1, 4, 400, 5000]), random.int(256))).toString(
          'base64',
        )
      default:
        return Buffer.concat([bytes, bytes.subarray(index)]).toString('base64')
    }
  }
  return random.pick([
    text.slice(0, at),
    text.slice(at),
    text + text,
    text.slice(0, at) + random.pick(TEXTS) + text.slice(at),
    text.toUpperCase(),
    random.pick(TEXTS),
  ])
}

let madeBombs: readonly string[] | undefined

/** Base64 of small data that unpack to 64 MB or more: zlib, gzip, and zstd as 1,000 blocks that repeat one byte 128 K times. */
export function bombs(): readonly string[] {
  if (madeBombs) return madeBombs
  const zeros = Buffer.alloc(64 << 20)
  const block = (last: number) => {
    const header = ((128 << 10) << 3) | (1 << 1) | last
    return [header & 255, (header >> 8) & 255, (header >> 16) & 255, 0]
  }
  const zstd = [
    0x28,
    0xb5,
    0x2f,
    0xfd,
    0x00,
    0x58,
    ...Array.from({ length: 1000 }, (_, i) => block(i === 999 ? 1 : 0)).flat(),
  ]
  madeBombs = [deflateSync(zeros, { level: 9 }), gzipSync(zeros, { level: 9 }), Buffer.from(zstd)].map(
    bytes => bytes.toString('base64'),
  )
  return madeBombs
}

function isLeaf(value: unknown): boolean {
  return typeof value !== 'object' || value === null
}

function valueAt({ holder, key }: Slot): unknown {
  return Reflect.get(holder, key)
}

/** A random place: a walk from the root that may stop at every value, so that long lists do not hide the rest. */
function pickSlot(root: { value: unknown }, random: Stream): Slot {
  let slot: Slot = { holder: root, key: 'value' }
  for (;;) {
    const value = valueAt(slot)
    if (typeof value !== 'object' || value === null) return slot
    const keys = Object.keys(value)
    if (keys.length === 0 || (slot.holder !== root && random.int(7) === 0)) return slot
    const key = random.pick(keys)
    slot = { holder: value as Record<string, unknown>, key: Array.isArray(value) ? Number(key) : key }
  }
}
