// Kernels that TensorFlow.js's wasm backend lacks (the gradient of a convolution's filter: stock wasm cannot train a
// convolution) or has only slowly (matMul with a transpose flag, and of more than one matrix, which leaves XNNPACK's
// fast path). Both are built from kernels that it does have, and off the tape, so their registered gradients hold.
import * as tf from '@tensorflow/tfjs-core'

/** Registers the kernels on the wasm backend, which must be loaded. Safe to call again. */
export function installWasmKernels(): void {
  if (!tf.getKernel(tf.Conv2DBackpropFilter, 'wasm')) {
    tf.registerKernel({
      kernelName: tf.Conv2DBackpropFilter,
      backendName: 'wasm',
      kernelFunc: ({ inputs, attrs }) =>
        convFilterGradient(
          inputs['x'] as tf.Tensor4D,
          inputs['dy'] as tf.Tensor4D,
          attrs as unknown as FilterAttributes,
        ),
    })
  }
  const stock = tf.getKernel(tf.BatchMatMul, 'wasm')
  if (!stock || ownMatMuls.has(stock.kernelFunc)) return
  const kernelFunc = fastMatMul(stock.kernelFunc)
  ownMatMuls.add(kernelFunc)
  tf.unregisterKernel(tf.BatchMatMul, 'wasm')
  // The stock kernel was set up when the backend started, and stays so; it is only called from another place.
  tf.registerKernel({ kernelName: tf.BatchMatMul, backendName: 'wasm', kernelFunc })
}

/** Which kernel functions are ours, so that a second install does not wrap a wrapper. */
const ownMatMuls = new WeakSet<tf.KernelFunc>()

/**
 * matMul as plain products of two matrices: transposes first where a flag asks for it, and multiplies a batch one
 * matrix at a time.
 */
function fastMatMul(stock: tf.KernelFunc): tf.KernelFunc {
  return params => {
    const { a, b } = params.inputs as { a: tf.Tensor; b: tf.Tensor }
    const { transposeA, transposeB } = params.attrs as { transposeA: boolean; transposeB: boolean }
    const batch = tf.util.sizeFromShape(a.shape.slice(0, -2))
    if (!transposeA && !transposeB && batch === 1 && b.shape.length === a.shape.length) return stock(params)
    const plain = (left: tf.TensorInfo, right: tf.TensorInfo) =>
      asTensor(
        stock({
          inputs: { a: left, b: right },
          attrs: { transposeA: false, transposeB: false },
          backend: params.backend,
        }) as tf.TensorInfo,
      )
    return tf.tidy(() => {
      const left = transposeA ? swapLastTwo(a) : a
      const right = transposeB ? swapLastTwo(b) : b
      const rightBatch = tf.util.sizeFromShape(b.shape.slice(0, -2))
      if (batch === 1 && rightBatch === 1) return plain(left, right)
      if (batch !== rightBatch) return plain(left, right)
      const [rows, inner] = left.shape.slice(-2) as [number, number]
      const columns = right.shape[right.rank - 1]!
      const lefts = tf.reshape(left, [batch, rows, inner])
      const rights = tf.reshape(right, [batch, inner, columns])
      const products: tf.Tensor[] = []
      for (let i = 0; i < batch; i++) {
        products.push(
          plain(
            tf.slice(lefts, [i, 0, 0], [1, rows, inner]),
            tf.slice(rights, [i, 0, 0], [1, inner, columns]),
          ),
        )
      }
      return tf.reshape(tf.concat(products, 0), [...a.shape.slice(0, -2), rows, columns])
    })
  }
}

interface FilterAttributes {
  strides: number | [number, number]
  pad: 'valid' | 'same' | number
  dataFormat?: 'NHWC' | 'NCHW'
  dimRoundingMode?: 'floor' | 'round' | 'ceil'
  filterShape: [number, number, number, number]
}

/**
 * The gradient of a convolution's filter by im2col: dW[ky,kx,c,o] = sum over n,y,x of x[n, y s + ky, x s + kx, c] *
 * dy[n,y,x,o], as one matrix product of the patches and dy.
 * @param x [N, H, W, C] @param dy [N, outH, outW, O]. Returns [kH, kW, C, O].
 */
function convFilterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, attrs: FilterAttributes): tf.Tensor4D {
  if (attrs.dataFormat === 'NCHW') throw new Error('conv2d in NCHW cannot be trained on wasm; use NHWC')
  const [kernelHeight, kernelWidth, channels, outputs] = attrs.filterShape
  const info = tf.backend_util.computeConv2DInfo(
    x.shape,
    attrs.filterShape,
    attrs.strides,
    1,
    attrs.pad,
    attrs.dimRoundingMode,
  )
  return tf.tidy(() => {
    const patches = patchesOf(x, info)
    const rows = patches.shape[0]!
    // dy is the smaller of the two, so it is the one that is transposed: (dy^T patches)^T = patches^T dy.
    const product = tf.matMul(tf.transpose(tf.reshape(dy, [rows, outputs])), patches)
    return tf.reshape(tf.transpose(product), [kernelHeight, kernelWidth, channels, outputs])
  })
}

/** The patch under each position of the filter as one row: shape [N outH outW, kH kW C]. */
function patchesOf(x: tf.Tensor4D, info: tf.backend_util.Conv2DInfo): tf.Tensor2D {
  const { batchSize, outHeight, outWidth, filterHeight, filterWidth, inChannels } = info
  const rows = batchSize * outHeight * outWidth
  const width = filterHeight * filterWidth * inChannels
  const { top, left, bottom, right } = info.padInfo
  const tiles = info.strideHeight === filterHeight && info.strideWidth === filterWidth
  if (tiles && top + left + bottom + right === 0) {
    // Patches do not overlap: they only have to be put in another order.
    const used = tf.slice(
      x,
      [0, 0, 0, 0],
      [batchSize, outHeight * filterHeight, outWidth * filterWidth, inChannels],
    )
    const lines = tf.reshape(used, [batchSize * outHeight, filterHeight, outWidth, filterWidth * inChannels])
    return tf.reshape(tf.transpose(lines, [0, 2, 1, 3]), [rows, width])
  }
  // 'same' padding may leave the last rows unused, or ask for more than was padded: take exactly what is read.
  const readHeight = (outHeight - 1) * info.strideHeight + filterHeight
  const readWidth = (outWidth - 1) * info.strideWidth + filterWidth
  const padded = tf.pad(x, [
    [0, 0],
    [top, Math.max(0, readHeight - top - info.inHeight)],
    [left, Math.max(0, readWidth - left - info.inWidth)],
    [0, 0],
  ])
  const columns: tf.Tensor4D[] = []
  for (let ky = 0; ky < filterHeight; ky++) {
    for (let kx = 0; kx < filterWidth; kx++) {
      const begin = [0, ky, kx, 0]
      const end = [
        batchSize,
        ky + (outHeight - 1) * info.strideHeight + 1,
        kx + (outWidth - 1) * info.strideWidth + 1,
        inChannels,
      ]
      columns.push(
        tf.stridedSlice(padded, begin, end, [1, info.strideHeight, info.strideWidth, 1]) as tf.Tensor4D,
      )
    }
  }
  return tf.reshape(tf.concat<tf.Tensor4D>(columns, 3), [rows, width])
}

function swapLastTwo(x: tf.Tensor): tf.Tensor {
  const axes = x.shape.map((_, axis) => axis)
  const last = axes.length - 1
  axes[last] = last - 1
  axes[last - 1] = last
  return tf.transpose(x, axes)
}

/** A kernel's bare result as a tensor that tidy knows and frees. */
function asTensor(info: tf.TensorInfo): tf.Tensor {
  return tf.engine().makeTensorFromTensorInfo(info)
}
