/** PyTorch's checkpoints: tensors come out as they were, and nothing of a file is ever run or followed without bounds. */

import { describe, expect, it } from 'vitest'
import { UserError } from '../src/core/errors.ts'
import { stream } from '../src/core/random.ts'
import { decodeTorch } from '../src/learn/backbones/torch-pickle.ts'
import {
  type Code,
  call,
  dict,
  floats,
  global,
  int,
  legacyFile,
  string,
  type TorchEntry,
  type TorchStorages,
  tensor,
  tuple,
  zipFile,
} from './torch-file.ts'

const COUNT = Array.from({ length: 24 }, (_, i) => i)
const STORAGES: TorchStorages = {
  '94272052322544': floats(COUNT),
  '1': { type: 'LongStorage', length: 1, bytes: new Uint8Array(BigInt64Array.of(-1431430n).buffer) },
  '2': {
    type: 'HalfStorage',
    length: 3,
    bytes: new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x0001).buffer),
  },
}
const ENTRIES: readonly TorchEntry[] = [
  { name: 'plain', storage: '94272052322544', shape: [2, 3, 4], strides: [12, 4, 1] },
  // weight.permute(2, 0, 1) of the same numbers, and every other column from the fifth number on.
  { name: 'permuted', storage: '94272052322544', shape: [4, 2, 3], strides: [1, 12, 4] },
  { name: 'sliced', storage: '94272052322544', offset: 5, shape: [2, 2], strides: [12, 2] },
  { name: 'expanded', storage: '94272052322544', offset: 7, shape: [3], strides: [0] },
  { name: 'batches', storage: '1', shape: [], strides: [] },
  { name: 'half', storage: '2', shape: [3], strides: [1] },
  { name: 'empty', storage: '1', shape: [0, 3], strides: [3, 1] },
]

/** The sentence with which a file is refused. */
function refusal(bytes: Uint8Array): string {
  try {
    decodeTorch(bytes, 'net.pth')
  } catch (error) {
    expect(error).toBeInstanceOf(UserError)
    const { message } = error as UserError
    expect(message).toMatch(/^net\.pth: [^\n]{10,600}$/)
    return message
  }
  throw new Error('the file was taken')
}

const withObject = (object: Code) => legacyFile([], {}, object)

describe.each([
  ['before PyTorch 1.6', legacyFile],
  ['since PyTorch 1.6', zipFile],
] as const)('a checkpoint %s', (_, write) => {
  const file = write(ENTRIES, STORAGES)

  it('gives tensors row by row, whatever their strides', () => {
    const tensors = decodeTorch(file, 'net.pth')
    expect([...tensors.keys()]).toEqual(ENTRIES.map(({ name }) => name))
    expect(tensors.get('plain')).toEqual({ shape: [2, 3, 4], data: Float32Array.from(COUNT) })
    const permuted = [0, 4, 8, 12, 16, 20].flatMap((_, i, rows) => (i < 4 ? rows.map(row => row + i) : []))
    expect(tensors.get('permuted')).toEqual({ shape: [4, 2, 3], data: Float32Array.from(permuted) })
    expect(tensors.get('sliced')?.data).toEqual(Float32Array.of(5, 7, 17, 19))
    expect(tensors.get('expanded')?.data).toEqual(Float32Array.of(7, 7, 7))
    expect(tensors.get('batches')).toEqual({ shape: [], data: Float64Array.of(-1431430) })
    expect(tensors.get('half')?.data).toEqual(Float32Array.of(1, -2, 2 ** -24))
    expect(tensors.get('empty')).toEqual({ shape: [0, 3], data: new Float64Array(0) })
  })

  it('may begin anywhere in memory', () => {
    const shifted = new Uint8Array(file.length + 3)
    shifted.set(file, 3)
    expect(decodeTorch(shifted.subarray(3), 'net.pth')).toEqual(decodeTorch(file, 'net.pth'))
  })

  it('cut short anywhere is refused', () => {
    for (let length = 0; length < file.length; length++) refusal(file.subarray(0, length))
  })

  it('damaged anywhere is read or refused in one sentence', () => {
    const random = stream('torch', 'damage')
    let refused = 0
    for (let i = 0; i < 4000; i++) {
      const damaged = file.slice()
      for (let flips = 1 + random.int(4); flips > 0; flips--)
        damaged[random.int(damaged.length)] = random.int(2) ? random.int(256) : 255
      try {
        decodeTorch(damaged, 'net.pth')
      } catch (error) {
        expect(error).toBeInstanceOf(UserError)
        refused++
      }
    }
    expect(refused).toBeGreaterThan(1000)
  })

  it('whose tensor reaches beyond its storage is refused', () => {
    const entry = { name: 'w', storage: '2', offset: 2, shape: [2], strides: [1] }
    expect(refusal(write([entry], { '2': STORAGES['2'] }))).toMatch(
      /'w' reaches to number 3 of a storage of 3/,
    )
  })

  it('whose tensor is larger than the file is refused before anything of its size is made', () => {
    const entry = { name: 'w', storage: '2', shape: [2 ** 30, 2 ** 30], strides: [0, 0] }
    expect(refusal(write([entry], { '2': STORAGES['2'] }))).toMatch(/larger than the file/)
  })
})

describe('a hostile pickle', () => {
  it.each([
    ['os', 'system', 'echo'],
    ['posix', 'system', 'echo'],
    ['builtins', 'eval', '1'],
    ['torch', 'load', 'x'],
    ['torch.FloatStorage', '__reduce__', 'x'],
  ])('that calls %s.%s is refused by name', (module, name, argument) => {
    const sentence = refusal(withObject(call(global(module, name), [string(argument)])))
    expect(sentence).toContain(`names the global '${module}.${name}', which is not allowed`)
  })

  it('that calls what is allowed in another way is refused', () => {
    expect(refusal(withObject(call(global('torch', 'FloatStorage'), [int(9)])))).toMatch(
      /calls torch.FloatStorage/,
    )
    expect(refusal(withObject(call(global('collections', 'OrderedDict'), [int(9)])))).toMatch(
      /calls collections/,
    )
    expect(refusal(withObject(call(string('os.system'), [string('x')])))).toMatch(
      /called that is no function/,
    )
  })

  it.each([
    ['i, INST', [...'(ios\nsystem\n'].map(letter => letter.charCodeAt(0))],
    ['o, OBJ', [0x28, 0x6f]],
    ['STACK_GLOBAL', [...string('os'), ...string('system'), 0x93]],
    ['NEWOBJ', [...global('collections', 'OrderedDict'), 0x29, 0x81]],
    ['EXT1', [0x82, 1]],
    ['DUP', [...int(1), 0x32]],
  ])('with the instruction %s is refused', (_, instructions) => {
    expect(refusal(withObject(instructions))).toMatch(/the instruction \d+ is none of plain data/)
  })

  it('that never ends its stack games is refused', () => {
    expect(refusal(withObject([]))).toMatch(/ends with 0 values/)
    expect(refusal(withObject([0x74]))).toMatch(/mark is missing/)
    expect(refusal(withObject([0x28, 0x28, 0x52]))).toMatch(/value is missing/)
    expect(refusal(withObject([0x68, 7]))).toMatch(/entry 7 of its memo is missing/)
    expect(refusal(withObject(Array<number>(1_100_000).fill(0x28)))).toMatch(/more than 1000000 instructions/)
  })

  it('that nests a million deep, or holds itself, is no trouble', () => {
    const deep = [...Array<number>(400_000).fill(0x5d), ...Array<number>(399_999).fill(0x61)]
    expect(refusal(withObject(deep))).toMatch(/its object is no dictionary/)
    // memo[0] = {}; memo[0]['w'] = memo[0]
    expect(refusal(withObject([0x7d, 0x71, 0, ...string('w'), 0x68, 0, 0x73]))).toMatch(
      /entry 'w' is no tensor/,
    )
  })

  it('that holds anything but tensors is refused', () => {
    expect(refusal(withObject(dict([[string('lr'), int(1)]])))).toMatch(/entry 'lr' is no tensor/)
    const fake = tuple([string('storage'), string('torch.FloatStorage'), string('2'), string('cpu'), int(3)])
    expect(refusal(withObject([...fake, 0x51]))).toMatch(/refers to something that is no storage/)
    const own = tensor({ name: 'w', storage: '9', shape: [1], strides: [1] }, floats([1]), true)
    expect(refusal(withObject(dict([[string('w'), own]])))).toMatch(/the numbers of tensor 'w' are missing/)
    const other = legacyFile([], STORAGES, dict([[string('w'), own]]))
    expect(refusal(other)).toMatch(/lists a storage '1' that no tensor has/)
  })
})

describe('a foreign file', () => {
  it('is refused', () => {
    expect(refusal(new TextEncoder().encode('{"weights": []}'))).toMatch(/damaged or no PyTorch checkpoint/)
    expect(refusal(new Uint8Array(0))).toMatch(/the file ends/)
    expect(refusal(zipFile(ENTRIES, STORAGES, 6))).toMatch(/is packed/)
    expect(refusal(Uint8Array.of(0x50, 0x4b, 3, 4))).toMatch(/archive cannot be read/)
  })
})
