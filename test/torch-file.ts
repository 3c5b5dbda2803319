/** Writes PyTorch checkpoints of both formats for tests, from instructions up, so that hostile ones can be written too. */
import { zipSync } from 'fflate'

const text = new TextEncoder()

/** One value's instructions; arrays are tuples. */
export type Code = readonly number[]

const u32 = (value: number): number[] => [0, 8, 16, 24].map(shift => (value >>> shift) & 255)
const ascii = (letters: string): number[] => [...text.encode(letters)]

export const string = (value: string): Code => [
  0x58,
  ...u32(text.encode(value).length),
  ...text.encode(value),
]
export const int = (value: number): Code => [0x4a, ...u32(value)]
export const none: Code = ascii('N')
export const tuple = (items: readonly Code[]): Code => [0x28, ...items.flat(), 0x74]
export const list = (items: readonly Code[]): Code => [0x5d, 0x28, ...items.flat(), 0x65]
export const global = (module: string, name: string): Code => ascii(`c${module}\n${name}\n`)
export const call = (callee: Code, args: readonly Code[]): Code => [...callee, ...tuple(args), 0x52]
export const dict = (entries: readonly (readonly [Code, Code])[]): Code => [
  0x7d,
  0x28,
  ...entries.flat(2),
  0x75,
]
export const pickle = (value: Code): Uint8Array => Uint8Array.from([0x80, 2, ...value, 0x2e])

export interface TorchEntry {
  readonly name: string
  /** Key of the storage that it is a view of. */
  readonly storage: string
  readonly offset?: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]
}

/** Names a storage: FloatStorage and so on, with its raw bytes. */
export interface TorchStorage {
  readonly type: string
  readonly length: number
  readonly bytes: Uint8Array
}

export type TorchStorages = Readonly<Record<string, TorchStorage>>

export function floats(values: readonly number[]): TorchStorage {
  return {
    type: 'FloatStorage',
    length: values.length,
    bytes: new Uint8Array(Float32Array.from(values).buffer),
  }
}

/** A tensor's instructions: a call of _rebuild_tensor_v2. `legacy` ids have a sixth part. */
export function tensor(entry: TorchEntry, { type, length }: TorchStorage, legacy: boolean): Code {
  const id = [string('storage'), global('torch', type), string(entry.storage), string('cpu'), int(length)]
  const storage = [...tuple(legacy ? [...id, none] : id), 0x51]
  return call(global('torch._utils', '_rebuild_tensor_v2'), [
    storage,
    int(entry.offset ?? 0),
    tuple(entry.shape.map(int)),
    tuple(entry.strides.map(int)),
    [0x89],
    call(global('collections', 'OrderedDict'), []),
  ])
}

function stateDict(entries: readonly TorchEntry[], storages: TorchStorages, legacy: boolean): Code {
  return dict(entries.map(entry => [string(entry.name), tensor(entry, storages[entry.storage], legacy)]))
}

/** A checkpoint as PyTorch wrote it until 1.5; `object` replaces the state_dict's instructions. */
export function legacyFile(
  entries: readonly TorchEntry[],
  storages: TorchStorages,
  object: Code = stateDict(entries, storages, true),
): Uint8Array {
  const magic = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
  const keys = Object.keys(storages)
  const parts = [
    pickle(magic),
    pickle(int(1001)),
    pickle(dict([[string('little_endian'), [0x88]]])),
    pickle(object),
    pickle(list(keys.map(string))),
    ...keys.flatMap(key => {
      const length = new Uint8Array(8)
      new DataView(length.buffer).setBigInt64(0, BigInt(storages[key].length), true)
      return [length, storages[key].bytes]
    }),
  ]
  return Uint8Array.from(parts.flatMap(part => [...part]))
}

/** A checkpoint as PyTorch writes it since 1.6. `level`: 0, as PyTorch does, or packed. */
export function zipFile(
  entries: readonly TorchEntry[],
  storages: TorchStorages,
  level: 0 | 6 = 0,
): Uint8Array {
  const files = {
    'net/data.pkl': pickle(stateDict(entries, storages, false)),
    'net/byteorder': text.encode('little'),
    ...Object.fromEntries(Object.entries(storages).map(([key, { bytes }]) => [`net/data/${key}`, bytes])),
  }
  return zipSync(files, { level })
}
