/**
 * A safe reader of pickles: Python's format for objects is a program for a stack machine that may call any function of
 * any module. This machine knows only the instructions of plain data, and makes of a *global* (the name of something in
 * a Python module) and of a call only what its caller allows: nothing is ever looked up, imported or run. (Format:
 * Python's own documentation of pickletools, protocol 2.)
 *
 * Bounded for any input: each instruction takes at least one byte and constant time for every value that it takes off
 * the stack, the number of instructions is limited, and no value is walked through recursively.
 */
import { quoted, UserError } from '../../core/errors.ts'

/** What a pickle of plain data holds. A tuple and a list are both arrays. */
export type Pickled =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickledList
  | PickledMap
  | PickledGlobal
  | PickledObject
export type PickledList = Pickled[]
export type PickledMap = Map<string | number, Pickled>

/** The name of something in a Python module. */
export class PickledGlobal {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/** What the caller made of a call or of a persistent id. */
export class PickledObject {
  readonly value: unknown

  constructor(value: unknown) {
    this.value = value
  }
}

/** What a reader of pickles allows beyond plain data. Each function throws a UserError for what it refuses. */
export interface PickleRules {
  /** Full names, for example collections.OrderedDict. */
  readonly globals: readonly string[]
  /** The result of calling an allowed global. */
  call(name: string, args: PickledList): Pickled
  /** What a persistent id, a reference to something outside the pickle, stands for. */
  persistent(id: Pickled): Pickled
}

/** A network of 25,000 tensors needs about as many. */
const MAX_INSTRUCTIONS = 1_000_000
/** Longest integer, in bytes. */
const MAX_LONG_BYTES = 16
/** Longest name of a global, in bytes. */
const MAX_NAME_BYTES = 200

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Reads the pickle that begins at `start` and returns it with the place behind it. `source` names the file in errors. */
export function readPickle(
  bytes: Uint8Array,
  start: number,
  rules: PickleRules,
  source: string,
): { readonly value: Pickled; readonly end: number } {
  const machine = createMachine(bytes, start, rules, source)
  for (let count = 0; count < MAX_INSTRUCTIONS; count++) {
    const done = machine.step()
    if (done) return done
  }
  throw new UserError(
    `${source}: its pickle has more than ${MAX_INSTRUCTIONS} instructions, more than any checkpoint needs; use another file`,
  )
}

function createMachine(bytes: Uint8Array, start: number, rules: PickleRules, source: string) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const memo = new Map<number, Pickled>()
  /** Lengths of the stack at the marks that are open. */
  const marks: number[] = []
  const stack: Pickled[] = []
  let at = start

  const damaged = (how: string) => damagedPickle(source, `at byte ${at} of its pickle ${how}`)
  /** The place of the next `count` bytes, which are passed over. */
  const take = (count: number): number => {
    if (count > bytes.length - at) throw damaged('the file ends')
    at += count
    return at - count
  }
  const pop = (): Pickled => {
    // What lies below an open mark belongs to another value.
    if (stack.length <= (marks.at(-1) ?? 0)) throw damaged('a value is missing')
    return stack.pop() as Pickled
  }
  const popToMark = (): PickledList => {
    const mark = marks.pop()
    if (mark === undefined) throw damaged('a mark is missing')
    return stack.splice(mark)
  }
  const top = (): Pickled => {
    if (stack.length <= (marks.at(-1) ?? 0)) throw damaged('a value is missing')
    return stack[stack.length - 1]
  }
  const push = (value: Pickled): void => {
    stack.push(value)
  }
  const popTuple = (length: number): void => {
    const items = Array.from({ length }, pop)
    push(items.reverse())
  }
  const append = (items: PickledList): void => {
    const list = top()
    if (!Array.isArray(list)) throw damaged('something is appended to what is no list')
    for (const item of items) list.push(item)
  }
  const setItems = (items: PickledList): void => {
    const map = top()
    if (!(map instanceof Map)) throw damaged('an entry is set in what is no dictionary')
    if (items.length % 2 !== 0) throw damaged('a key has no value')
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i]
      if (typeof key !== 'string' && typeof key !== 'number')
        throw damaged('a key is neither text nor a number')
      map.set(key, items[i + 1])
    }
  }
  const recall = (key: number): void => {
    const value = memo.get(key)
    if (value === undefined) throw damaged(`entry ${key} of its memo is missing`)
    push(value)
  }
  const readText = (from: number, length: number): string => {
    try {
      return utf8.decode(bytes.subarray(from, from + length))
    } catch {
      throw damaged('text is not UTF-8')
    }
  }
  const readLong = (): void => {
    const length = bytes[take(1)]
    if (length > MAX_LONG_BYTES) throw damaged(`an integer has ${length} bytes`)
    const from = take(length)
    let value = 0n
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[from + i])
    const signed = BigInt.asIntN(8 * length, value)
    push(
      BigInt(Number.MIN_SAFE_INTEGER) <= signed && signed <= BigInt(Number.MAX_SAFE_INTEGER)
        ? Number(signed)
        : signed,
    )
  }
  const readLine = (): string => {
    const end = bytes.subarray(at, at + MAX_NAME_BYTES).indexOf(0x0a)
    if (end < 0) throw damaged('the name of a global does not end')
    const line = readText(at, end)
    at += end + 1
    return line
  }
  const readGlobal = (): void => {
    const name = `${readLine()}.${readLine()}`
    if (!rules.globals.includes(name)) {
      throw new UserError(
        `${source}: its pickle names the global ${quoted(name)}, which is not allowed (allowed: ${rules.globals.join(', ')}); ` +
          'nothing of the file was run: use a checkpoint that holds tensors only',
      )
    }
    push(new PickledGlobal(name))
  }
  const call = (): void => {
    const args = pop()
    const callee = pop()
    if (!(callee instanceof PickledGlobal) || !Array.isArray(args))
      throw damaged('something is called that is no function')
    push(rules.call(callee.name, args))
  }
  /** Python objects get attributes by this; those of dictionaries (PyTorch's _metadata) tell nothing of the tensors. */
  const build = (): void => {
    pop()
    if (!(top() instanceof Map)) throw damaged('attributes are set on what is no dictionary')
  }
  const instructions: Readonly<Record<number, () => void>> = {
    128: () => {
      const protocol = bytes[take(1)]
      if (protocol !== 2) {
        throw new UserError(
          `${source}: its pickle has protocol ${protocol}, expected 2, PyTorch's own; save it again with torch.save`,
        )
      }
    },
    [code('(')]: () => marks.push(stack.length),
    [code('N')]: () => push(null),
    136: () => push(true),
    137: () => push(false),
    [code('J')]: () => push(view.getInt32(take(4), true)),
    [code('K')]: () => push(bytes[take(1)]),
    [code('M')]: () => push(view.getUint16(take(2), true)),
    138: readLong,
    [code('G')]: () => push(view.getFloat64(take(8), false)),
    [code('X')]: () => {
      const length = view.getUint32(take(4), true)
      push(readText(take(length), length))
    },
    [code(')')]: () => push([]),
    [code('t')]: () => push(popToMark()),
    133: () => popTuple(1),
    134: () => popTuple(2),
    135: () => popTuple(3),
    [code(']')]: () => push([]),
    [code('a')]: () => append([pop()]),
    [code('e')]: () => append(popToMark()),
    [code('}')]: () => push(new Map()),
    [code('s')]: () => {
      const value = pop()
      setItems([pop(), value])
    },
    [code('u')]: () => setItems(popToMark()),
    [code('q')]: () => memo.set(bytes[take(1)], top()),
    [code('r')]: () => memo.set(view.getUint32(take(4), true), top()),
    [code('h')]: () => recall(bytes[take(1)]),
    [code('j')]: () => recall(view.getUint32(take(4), true)),
    [code('c')]: readGlobal,
    [code('R')]: call,
    [code('b')]: build,
    [code('Q')]: () => push(rules.persistent(pop())),
  }
  const step = (): { value: Pickled; end: number } | undefined => {
    const opcode = bytes[take(1)]
    if (opcode === code('.')) {
      if (stack.length !== 1 || marks.length > 0) throw damaged(`it ends with ${stack.length} values`)
      return { value: stack[0], end: at }
    }
    const instruction = instructions[opcode]
    if (!instruction) throw damaged(`the instruction ${opcode} is none of plain data`)
    instruction()
    return undefined
  }
  return { step }
}

function code(letter: string): number {
  return letter.charCodeAt(0)
}

/** The error for a file whose pickle cannot be followed. */
export function damagedPickle(source: string, how: string): UserError {
  return new UserError(`${source}: the file is damaged or no PyTorch checkpoint: ${how}; use another copy`)
}
