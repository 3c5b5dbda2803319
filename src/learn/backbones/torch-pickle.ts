/**
 * Weights that PyTorch saved (`torch.save(network.state_dict(), file)`), read without PyTorch and without running
 * anything of the file: pickle.ts reads the pickles, and allows the few globals that tensors need.
 *
 * Until version 1.5 a file was five pickles (a magic number, a protocol, facts about the machine, the object, the keys
 * of its storages) and the storages, each a 64-bit count and raw numbers. Since 1.6 it is a zip archive without
 * compression: the object in NAME/data.pkl, each storage in NAME/data/KEY. A tensor is a view of a storage: offset,
 * shape and strides (PyTorch, torch/serialization.py and torch/_utils.py). Pure: bytes in, tensors out.
 */
import { unzipSync } from 'fflate'
import { messageOf, quoted, UserError } from '../../core/errors.ts'
import { decodeHalf } from '../float16.ts'
import {
  damagedPickle,
  type Pickled,
  PickledGlobal,
  type PickledList,
  PickledObject,
  type PickleRules,
  readPickle,
} from './pickle.ts'

/** A tensor in row-major order, whatever its strides were; whole numbers and doubles as 64-bit floats. */
export interface TorchTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array | Float64Array
}

interface Storage {
  readonly type: StorageType
  readonly key: string
  readonly length: number
}

/** A view of a storage. */
class TensorView {
  readonly storage: Storage
  readonly offset: number
  readonly shape: readonly number[]
  readonly strides: readonly number[]

  constructor(storage: Storage, offset: number, shape: readonly number[], strides: readonly number[]) {
    this.storage = storage
    this.offset = offset
    this.shape = shape
    this.strides = strides
  }
}

interface StorageType {
  /** Bytes of a number. */
  readonly size: number
  /** Whether 32-bit floats hold all its numbers. */
  readonly single: boolean
  read(view: DataView, at: number): number
}

const STORAGE_TYPES: Readonly<Record<string, StorageType>> = {
  'torch.FloatStorage': { size: 4, single: true, read: (view, at) => view.getFloat32(at, true) },
  'torch.HalfStorage': { size: 2, single: true, read: (view, at) => decodeHalf(view.getUint16(at, true)) },
  'torch.DoubleStorage': { size: 8, single: false, read: (view, at) => view.getFloat64(at, true) },
  'torch.LongStorage': { size: 8, single: false, read: (view, at) => Number(view.getBigInt64(at, true)) },
  'torch.IntStorage': { size: 4, single: false, read: (view, at) => view.getInt32(at, true) },
  'torch.ShortStorage': { size: 2, single: false, read: (view, at) => view.getInt16(at, true) },
  'torch.ByteStorage': { size: 1, single: false, read: (view, at) => view.getUint8(at) },
}
const ORDERED_DICT = 'collections.OrderedDict'
const REBUILD_TENSOR = 'torch._utils._rebuild_tensor_v2'

/** The first pickle of a file before PyTorch 1.6, 0x1950a86a20f9469cfc6c, and its second. */
const MAGIC = 119547037146038801333356n
const PROTOCOL = 1001
const MAX_DIMENSIONS = 16

/**
 * The tensors of a state_dict by name. A truncated, damaged or foreign file, and one that asks for anything but tensors,
 * is refused with a UserError that names it by `source`. The tensors together hold no more numbers than the file has
 * bytes.
 */
export function decodeTorch(bytes: Uint8Array, source: string): ReadonlyMap<string, TorchTensor> {
  // 'PK', with which a zip begins.
  const { value, storages } =
    bytes[0] === 0x50 && bytes[1] === 0x4b ? readZip(bytes, source) : readLegacy(bytes, source)
  if (!(value instanceof Map)) throw foreign(source, 'its object is no dictionary')
  const tensors = new Map<string, TorchTensor>()
  let room = bytes.length
  for (const [name, entry] of value) {
    if (!(entry instanceof PickledObject) || !(entry.value instanceof TensorView))
      throw foreign(source, `its entry ${quoted(name)} is no tensor`)
    const view = entry.value
    room -= checkView(view, name, source, room)
    const storage = storages.get(view.storage.key)
    if (!storage) throw damagedPickle(source, `the numbers of tensor ${quoted(name)} are missing`)
    tensors.set(String(name), gather(view, storage))
  }
  return tensors
}

interface Contents {
  readonly value: Pickled
  /** The storages' bytes by key; each as long as its pickle says. */
  readonly storages: ReadonlyMap<string, Uint8Array>
}

function readLegacy(bytes: Uint8Array, source: string): Contents {
  const { rules, known } = createRules(source)
  let at = 0
  const next = (): Pickled => {
    const { value, end } = readPickle(bytes, at, rules, source)
    at = end
    return value
  }
  if (next() !== MAGIC) throw damagedPickle(source, 'its first pickle is not the magic number of PyTorch')
  const protocol = next()
  if (protocol !== PROTOCOL)
    throw foreign(source, `its protocol is ${quoted(String(protocol))}, expected ${PROTOCOL}`)
  const machine = next()
  if (!(machine instanceof Map) || machine.get('little_endian') !== true)
    throw foreign(source, 'it was not written on a little-endian machine')
  const value = next()
  const keys = next()
  if (!Array.isArray(keys)) throw damagedPickle(source, 'its list of storages is no list')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const storages = new Map<string, Uint8Array>()
  for (const key of keys) {
    const storage = typeof key === 'string' ? known.get(key) : undefined
    if (!storage) throw damagedPickle(source, `it lists a storage ${quoted(String(key))} that no tensor has`)
    if (at + 8 > bytes.length) throw damagedPickle(source, `it ends before storage ${quoted(storage.key)}`)
    const length = view.getBigInt64(at, true)
    if (length !== BigInt(storage.length))
      throw damagedPickle(
        source,
        `storage ${quoted(storage.key)} holds ${length} numbers, expected ${storage.length}`,
      )
    const end = at + 8 + storage.length * storage.type.size
    if (end > bytes.length) throw damagedPickle(source, `it ends within storage ${quoted(storage.key)}`)
    storages.set(storage.key, bytes.subarray(at + 8, end))
    at = end
  }
  return { value, storages }
}

function readZip(bytes: Uint8Array, source: string): Contents {
  const files = unzip(bytes, source)
  const pickle = Object.keys(files).find(name => /^[^/]+\/data\.pkl$/.test(name))
  if (pickle === undefined) throw foreign(source, 'the archive holds no data.pkl')
  const folder = pickle.slice(0, -'data.pkl'.length)
  const order = files[`${folder}byteorder`]
  if (order && new TextDecoder().decode(order) !== 'little')
    throw foreign(source, 'it was not written on a little-endian machine')
  const { rules, known } = createRules(source)
  const { value } = readPickle(files[pickle], 0, rules, source)
  const storages = new Map<string, Uint8Array>()
  for (const storage of known.values()) {
    const name = `${folder}data/${storage.key}`
    const data = Object.hasOwn(files, name) ? files[name] : undefined
    const expected = storage.length * storage.type.size
    if (data?.length !== expected)
      throw damagedPickle(source, `${quoted(name)} holds ${data?.length ?? 'no'} bytes, expected ${expected}`)
    storages.set(storage.key, data)
  }
  return { value, storages }
}

function unzip(bytes: Uint8Array, source: string): Record<string, Uint8Array> {
  let room = bytes.length
  try {
    return unzipSync(bytes, {
      filter: ({ name, compression, originalSize }) => {
        // PyTorch never packs; without packing, and each byte used once, a small file cannot become a large one.
        room -= originalSize
        if (compression !== 0 || room < 0) throw new Error(`${quoted(name)} is packed`)
        return true
      },
    })
  } catch (error) {
    throw damagedPickle(source, `its archive cannot be read (${messageOf(error)})`)
  }
}

/** What a pickle of tensors may hold, and the storages that it has named so far. */
function createRules(source: string): { rules: PickleRules; known: Map<string, Storage> } {
  const known = new Map<string, Storage>()
  const rules: PickleRules = {
    globals: [ORDERED_DICT, REBUILD_TENSOR, ...Object.keys(STORAGE_TYPES)],
    call(name, args) {
      if (name === ORDERED_DICT && args.length === 0) return new Map()
      if (name === REBUILD_TENSOR) return new PickledObject(viewOf(args, source))
      throw foreign(source, `it calls ${name} in a way that PyTorch does not`)
    },
    persistent(id) {
      const storage = storageOf(id, source)
      const before = known.get(storage.key)
      if (before && (before.type !== storage.type || before.length !== storage.length))
        throw damagedPickle(source, `storage ${quoted(storage.key)} has two lengths or types`)
      known.set(storage.key, before ?? storage)
      return new PickledObject(before ?? storage)
    },
  }
  return { rules, known }
}

/** ('storage', type, key, device, length), and before PyTorch 1.6 a sixth part for views, which is always None. */
function storageOf(id: Pickled, source: string): Storage {
  if (Array.isArray(id) && id[0] === 'storage' && (id.length === 5 || (id.length === 6 && id[5] === null))) {
    const [, global, key, , length] = id
    const type =
      global instanceof PickledGlobal && Object.hasOwn(STORAGE_TYPES, global.name)
        ? STORAGE_TYPES[global.name]
        : undefined
    if (type && typeof key === 'string' && isCount(length)) return { type, key, length }
  }
  throw damagedPickle(source, 'its pickle refers to something that is no storage')
}

/** _rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, hooks). */
function viewOf(args: PickledList, source: string): TensorView {
  const [object, offset, shape, strides] = args
  const storage = object instanceof PickledObject ? object.value : undefined
  if (
    storage instanceof Object &&
    'key' in storage &&
    isCount(offset) &&
    isCounts(shape) &&
    isCounts(strides) &&
    shape.length === strides.length
  )
    return new TensorView(storage as Storage, offset, [...shape], [...strides])
  throw damagedPickle(
    source,
    'a tensor of its pickle has no storage, offset, shape and strides that fit together',
  )
}

function isCount(value: Pickled | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isCounts(value: Pickled | undefined): value is number[] {
  return Array.isArray(value) && value.length <= MAX_DIMENSIONS && value.every(isCount)
}

/** The number of a view's elements, all of which lie in its storage, and for which there is room. */
function checkView(view: TensorView, name: string | number, source: string, room: number): number {
  const { shape, strides, offset, storage } = view
  if (shape.includes(0)) return 0
  const size = shape.reduce((product, extent) => product * extent, 1)
  const last = shape.reduce((sum, extent, axis) => sum + (extent - 1) * strides[axis], offset)
  if (!(last < storage.length))
    throw damagedPickle(
      source,
      `tensor ${quoted(name)} reaches to number ${last} of a storage of ${storage.length}`,
    )
  if (!(size <= room))
    throw foreign(source, `tensor ${quoted(name)} of shape [${shape}] is larger than the file`)
  return size
}

/** The numbers of a view, row by row. */
function gather({ shape, strides, offset, storage }: TensorView, bytes: Uint8Array): TorchTensor {
  const size = shape.reduce((product, extent) => product * extent, 1)
  const data = storage.type.single ? new Float32Array(size) : new Float64Array(size)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const index = shape.map(() => 0)
  let at = offset
  for (let i = 0; i < size; i++) {
    data[i] = storage.type.read(view, at * storage.type.size)
    // The next index, as an odometer turns.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]
      if (++index[axis] < shape[axis]) break
      at -= shape[axis] * strides[axis]
      index[axis] = 0
    }
  }
  return { shape, data }
}

function foreign(source: string, how: string): UserError {
  return new UserError(
    `${source}: not a checkpoint that can be read here: ${how}; give a file that torch.save(network.state_dict()) wrote`,
  )
}
