// Kernels that TensorFlow.js's wasm backend lacks (the gradient of a convolution's filter: stock wasm cannot train a
// convolution) or has only slowly (matMul with a transpose flag or of more than one matrix, which leaves XNNPACK's
// fast path, and the gradient of a convolution's input). They are built from the fast path and copies within the
// backend's memory. Being kernels, they are off the tape, and the gradients registered for them hold.
import * as tf from '@tensorflow/tfjs-core'
import { convFilterGradient, convInputGradient } from './wasm-convolution.ts'
import { asTensor, heapOf, type WasmHeap } from './wasm-heap.ts'

/** Our kernel functions, so that a second install does not wrap a wrapper. */
const installed = new WeakSet<tf.KernelFunc>()

/** Registers the kernels on the wasm backend, which must be loaded. Safe to call again. */
export function installWasmKernels(): void {
  replaceKernel(tf.BatchMatMul, fastMatMul)
  replaceKernel(tf.Conv2DBackpropFilter, () => convFilterGradient)
  replaceKernel(tf.Conv2DBackpropInput, convInputGradient)
  replaceKernel(tf.UnsortedSegmentSum, () => segmentSum)
}

/** Registers a kernel in place of the stock one, which it is handed (and which the backend has already set up). */
function replaceKernel(kernelName: string, make: (stock: tf.KernelFunc) => tf.KernelFunc): void {
  const stock = tf.getKernel(kernelName, 'wasm')
  if (stock && installed.has(stock.kernelFunc)) return
  if (stock) tf.unregisterKernel(kernelName, 'wasm')
  const kernelFunc = make(stock?.kernelFunc ?? missingKernel)
  installed.add(kernelFunc)
  tf.registerKernel({ kernelName, backendName: 'wasm', kernelFunc })
}

const missingKernel: tf.KernelFunc = () => {
  throw new Error('the wasm backend has no such kernel')
}

/** The gradient of gather: rows of x [N, ...] added up by segment, [segments, ...]. */
const segmentSum: tf.KernelFunc = ({ inputs, attrs, backend }) => {
  const { x, segmentIds } = inputs as { x: tf.TensorInfo; segmentIds: tf.TensorInfo }
  const { numSegments } = attrs as unknown as { numSegments: number }
  const heap = heapOf(backend)
  const inner = x.shape.slice(segmentIds.shape.length)
  const width = inner.reduce((product, length) => product * length, 1)
  const output = heap.makeOutput([numSegments, ...inner], 'float32')
  // Views only now: making the output may have moved the heap. The ids are int32 in the same memory.
  const sums = heap.typedArrayFromHeap(output).fill(0)
  const values = heap.typedArrayFromHeap(x)
  const segments = heap.typedArrayFromHeap(segmentIds)
  for (let row = 0; row < segments.length; row++) {
    const to = segments[row] * width
    const from = row * width
    for (let i = 0; i < width; i++) sums[to + i] += values[from + i]
  }
  return output
}

/**
 * matMul as plain products of two matrices: transposes first where a flag asks for it, and multiplies a batch one
 * matrix at a time.
 */
function fastMatMul(stock: tf.KernelFunc): tf.KernelFunc {
  return params => {
    const { a, b } = params.inputs as { a: tf.Tensor; b: tf.Tensor }
    const { transposeA, transposeB } = params.attrs as { transposeA: boolean; transposeB: boolean }
    const batch = batchOf(a)
    if (!transposeA && !transposeB && batch === 1 && batchOf(b) === 1) return stock(params)
    const heap = heapOf(params.backend)
    const plain = (left: tf.TensorInfo, right: tf.TensorInfo) =>
      stock({
        inputs: { a: left, b: right },
        attrs: { transposeA: false, transposeB: false },
        backend: params.backend,
      }) as tf.TensorInfo
    return tf.tidy(() => {
      const left = transposeA ? swapLastTwo(a) : a
      const right = transposeB ? swapLastTwo(b) : b
      const batched = batch === batchOf(b) && batch > 1
      return asTensor(batched ? multiplyEach(left, right, heap, plain) : plain(left, right))
    })
  }
}

/**
 * The products of a [..., rows, inner] and b [..., inner, columns], one pair of matrices after the other. Each is
 * copied out and back: that costs a tenth of the product, while the backend's own slice copies the whole tensor.
 */
function multiplyEach(
  a: tf.Tensor,
  b: tf.Tensor,
  heap: WasmHeap,
  plain: (left: tf.TensorInfo, right: tf.TensorInfo) => tf.TensorInfo,
): tf.TensorInfo {
  const [rows, inner] = a.shape.slice(-2) as [number, number]
  const columns = b.shape[b.rank - 1]!
  const out = heap.makeOutput([...a.shape.slice(0, -2), rows, columns], 'float32')
  const left = heap.makeOutput([1, rows, inner], 'float32')
  for (let i = 0; i < batchOf(a); i++) {
    // A right side of its own each time: XNNPACK keeps packed weights by the tensor's number.
    const right = heap.makeOutput([1, inner, columns], 'float32')
    // Views are taken anew after each allocation, which may move the heap.
    copyPart(heap.typedArrayFromHeap(a), i, heap.typedArrayFromHeap(left))
    copyPart(heap.typedArrayFromHeap(b), i, heap.typedArrayFromHeap(right))
    const product = plain(left, right)
    heap.typedArrayFromHeap(out).set(heap.typedArrayFromHeap(product), i * rows * columns)
    heap.disposeData(product.dataId)
    heap.disposeData(right.dataId)
  }
  heap.disposeData(left.dataId)
  return out
}

/** Copies the part with this number, of the target's size. */
function copyPart(source: Float32Array, index: number, target: Float32Array): void {
  target.set(source.subarray(index * target.length, (index + 1) * target.length))
}

function batchOf(x: tf.TensorInfo): number {
  return tf.util.sizeFromShape(x.shape.slice(0, -2))
}

function swapLastTwo(x: tf.Tensor): tf.Tensor {
  const axes = x.shape.map((_, axis) => axis)
  const last = axes.length - 1
  axes[last] = last - 1
  axes[last - 1] = last
  return tf.transpose(x, axes)
}
