// Gradients of conv2d (NHWC) for the wasm backend by im2col: the patch of the input under each position of the filter
// becomes one row, and the convolution, like its gradients, becomes a matrix product.
//   y = P W        P: patches [N outH outW, kH kW C], W: filter [kH kW C, O]
//   dW = P^T dy    dP = dy W^T, and dx adds up what the overlapping patches say of each pixel
import * as tf from '@tensorflow/tfjs-core'
import { asTensor, heapOf } from './wasm-heap.ts'

interface ConvAttributes {
  strides: number | [number, number]
  pad: 'valid' | 'same' | number
  dataFormat?: 'NHWC' | 'NCHW'
  dimRoundingMode?: 'floor' | 'round' | 'ceil'
}

type Shape4 = [number, number, number, number]

/** Kernel Conv2DBackpropFilter: x [N, H, W, C] and dy [N, outH, outW, O] to [kH, kW, C, O]. */
export const convFilterGradient: tf.KernelFunc = ({ inputs, attrs, backend }) => {
  const { x, dy } = inputs as { x: tf.Tensor4D; dy: tf.Tensor4D }
  const attributes = attrs as unknown as ConvAttributes & { filterShape: Shape4 }
  if (attributes.dataFormat === 'NCHW') throw new Error('conv2d in NCHW cannot be trained on wasm; use NHWC')
  const info = convInfo(x.shape, attributes.filterShape, attributes)
  const heap = heapOf(backend)
  const outputs = info.outChannels
  return tf.tidy(() => {
    const patches = heap.makeOutput(patchesShape(info), 'float32')
    gatherPatches(heap.typedArrayFromHeap(x), heap.typedArrayFromHeap(patches), info)
    // dy is the smaller of the two, so it is the one that is transposed: P^T dy = (dy^T P)^T.
    const dyRows = tf.transpose(tf.reshape(dy, [patches.shape[0]!, outputs]))
    const product = tf.matMul(dyRows, asTensor(patches) as tf.Tensor2D)
    return tf.reshape(tf.transpose(product), attributes.filterShape)
  })
}

/** Kernel Conv2DBackpropInput: dy [N, outH, outW, O] and filter [kH, kW, C, O] to [N, H, W, C]. */
export function convInputGradient(stock: tf.KernelFunc): tf.KernelFunc {
  return params => {
    const { dy, filter } = params.inputs as { dy: tf.Tensor4D; filter: tf.Tensor4D }
    const attributes = params.attrs as unknown as ConvAttributes & { inputShape: Shape4 }
    if (attributes.dataFormat === 'NCHW') return stock(params)
    const info = convInfo(attributes.inputShape, filter.shape, attributes)
    const heap = heapOf(params.backend)
    const [rows, width] = patchesShape(info)
    return tf.tidy(() => {
      const weights = tf.transpose(tf.reshape(filter, [width, info.outChannels]))
      const patches = tf.matMul(tf.reshape(dy, [rows, info.outChannels]), weights)
      const dx = heap.makeOutput(attributes.inputShape, 'float32')
      addPatches(heap.typedArrayFromHeap(patches), heap.typedArrayFromHeap(dx), info)
      return asTensor(dx)
    })
  }
}

function convInfo(
  inputShape: Shape4,
  filterShape: Shape4,
  attributes: ConvAttributes,
): tf.backend_util.Conv2DInfo {
  const { strides, pad, dimRoundingMode } = attributes
  return tf.backend_util.computeConv2DInfo(inputShape, filterShape, strides, 1, pad, dimRoundingMode)
}

function patchesShape(info: tf.backend_util.Conv2DInfo): [rows: number, width: number] {
  return [
    info.batchSize * info.outHeight * info.outWidth,
    info.filterHeight * info.filterWidth * info.inChannels,
  ]
}

/** Writes the patches, zero where the filter reaches over the edge. */
function gatherPatches(x: Float32Array, patches: Float32Array, info: tf.backend_util.Conv2DInfo): void {
  // A fresh tensor holds whatever lay in that memory.
  patches.fill(0)
  eachRun(info, (pixel, patch, length) => {
    for (let i = 0; i < length; i++) patches[patch + i] = x[pixel + i]!
  })
}

/** Adds each patch back to the pixels it was taken from. */
function addPatches(patches: Float32Array, dx: Float32Array, info: tf.backend_util.Conv2DInfo): void {
  dx.fill(0)
  eachRun(info, (pixel, patch, length) => {
    for (let i = 0; i < length; i++) dx[pixel + i]! += patches[patch + i]!
  })
}

/**
 * Visits each line of each patch that lies inside the image: `length` numbers in a row, at `pixel` in the image and at
 * `patch` in the patches.
 */
function eachRun(
  info: tf.backend_util.Conv2DInfo,
  visit: (pixel: number, patch: number, length: number) => void,
): void {
  const { batchSize, outHeight, outWidth, inHeight, inWidth, inChannels, filterHeight, filterWidth } = info
  const { strideHeight, strideWidth, padInfo } = info
  const line = filterWidth * inChannels
  let patch = 0
  for (let n = 0; n < batchSize; n++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++) {
        const left = ox * strideWidth - padInfo.left
        const first = Math.max(0, left)
        const last = Math.min(inWidth, left + filterWidth)
        for (let ky = 0; ky < filterHeight; ky++, patch += line) {
          const y = oy * strideHeight - padInfo.top + ky
          if (y < 0 || y >= inHeight || last <= first) continue
          const pixel = ((n * inHeight + y) * inWidth + first) * inChannels
          visit(pixel, patch + (first - left) * inChannels, (last - first) * inChannels)
        }
      }
    }
  }
}
