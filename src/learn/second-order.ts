// Mends the gradients that TensorFlow.js 4.22 gets wrong, or lacks, at second order (upstream issue 3252). The stock
// gradients give no error: a meta-learner on them degenerates to nearly first order and says nothing. Gradients are
// registered for the whole process; the kernels that wasm lacks are in wasm-kernels.ts.
import * as tf from '@tensorflow/tfjs-core'
import {
  eluPullback,
  expPullback,
  type Pullback,
  rememberOutput,
  sigmoidPullback,
  softmaxPullback,
  tanhPullback,
} from './ops.ts'
import { installWasmKernels } from './wasm-kernels.ts'

/** Ops whose stock gradient is written in terms of the output. */
const OUTPUT_PULLBACKS: readonly [kernel: string, input: string, pullback: Pullback][] = [
  [tf.Tanh, 'x', tanhPullback],
  [tf.Sigmoid, 'x', sigmoidPullback],
  [tf.Exp, 'x', expPullback],
  [tf.Elu, 'x', eluPullback],
  [tf.Softmax, 'logits', softmaxPullback],
]

/** Comparisons and logic are piecewise constant: their derivative is zero wherever it exists. Stock has none. */
const PIECEWISE_CONSTANT: readonly [kernel: string, inputs: readonly string[]][] = [
  ...[tf.Equal, tf.NotEqual, tf.Greater, tf.GreaterEqual, tf.Less, tf.LessEqual].map(binary),
  ...[tf.LogicalAnd, tf.LogicalOr].map(binary),
  [tf.LogicalNot, ['x']],
]

/**
 * Registers gradients that are right at second order for every op that Levelshift's policies and losses use. Safe to
 * call again, and after a further backend was loaded.
 * @param backend TensorFlow.js's name of the backend in use: 'tensorflow' (native), 'wasm' or 'cpu'
 */
export function installSecondOrderGradients(backend: string): void {
  for (const [kernelName, input, pullback] of OUTPUT_PULLBACKS) {
    replaceGradient({
      kernelName,
      inputsToSave: [input],
      outputsToSave: [true],
      gradFunc: (dy, saved) => ({
        [input]: () => pullback(dy as tf.Tensor, rememberOutput(saved[0]!, saved[1]!, pullback)),
      }),
    })
  }
  for (const [kernelName, inputs] of PIECEWISE_CONSTANT) {
    replaceGradient({
      kernelName,
      inputsToSave: [...inputs],
      gradFunc: (_dy, saved) =>
        Object.fromEntries(inputs.map((input, i) => [input, () => tf.zeros(saved[i]!.shape, 'float32')])),
    })
  }
  replaceGradient(conv2DBackpropFilterGradient)
  replaceGradient(avgPoolGradient)
  replaceGradient(avgPoolGradGradient)
  if (backend === 'wasm') installWasmKernels()
}

type Strides = number | [number, number]
type Padding = 'valid' | 'same' | number

interface ConvAttributes {
  strides: Strides
  pad: Padding
  dataFormat?: 'NHWC' | 'NCHW'
}

/**
 * The filter's gradient is bilinear in (x, dy), so with cotangent v (the filter's shape): dx = conv transpose of dy
 * with v, d(dy) = conv of x with v.
 */
const conv2DBackpropFilterGradient: tf.GradConfig = {
  kernelName: tf.Conv2DBackpropFilter,
  inputsToSave: ['x', 'dy'],
  gradFunc: (cotangent, saved, attrs) => {
    const [x, dy] = saved as [tf.Tensor4D, tf.Tensor4D]
    const { strides, pad, dataFormat } = attrs as unknown as ConvAttributes
    if (dataFormat === 'NCHW') {
      throw new Error('conv2d in NCHW has no second derivative here; use the NHWC data format')
    }
    const filter = cotangent as tf.Tensor4D
    return {
      x: () => tf.conv2dTranspose(dy, filter, x.shape, strides, pad),
      dy: () => tf.conv2d(x, filter, strides, pad),
    }
  },
}

interface PoolAttributes {
  filterSize: Strides
  strides: Strides
  pad: Padding
}

/**
 * The stock gradient, but for windows that reach over the edge: there the forward pass divides by the pixels inside,
 * and the gradient's kernel on cpu and wasm by the whole window.
 */
const avgPoolGradient: tf.GradConfig = {
  kernelName: tf.AvgPool,
  inputsToSave: ['x'],
  gradFunc: (dy, saved, attrs) => {
    const x = saved[0] as tf.Tensor4D
    const { filterSize, strides, pad } = attrs as unknown as PoolAttributes
    const { top, bottom, left, right } = tf.backend_util.computePool2DInfo(
      x.shape,
      filterSize,
      strides,
      1,
      pad,
    ).padInfo
    if (top + bottom + left + right > 0) {
      throw new Error("avgPool over the image's edge has no right gradient on every backend; use pad 'valid'")
    }
    const inputs = { dy: dy as tf.Tensor, input: x }
    return {
      x: () => tf.engine().runKernel(tf.AvgPoolGrad, inputs, { filterSize, strides, pad }) as tf.Tensor,
    }
  },
}

/** Average pooling is linear, so is its gradient: the gradient of that is pooling again. */
const avgPoolGradGradient: tf.GradConfig = {
  kernelName: tf.AvgPoolGrad,
  inputsToSave: ['input'],
  gradFunc: (cotangent, saved, attrs) => {
    const { filterSize, strides, pad } = attrs as unknown as PoolAttributes
    return {
      dy: () => tf.avgPool(cotangent as tf.Tensor4D, filterSize, strides, pad),
      input: () => tf.zeros(saved[0]!.shape, 'float32'),
    }
  },
}

/** Registers a gradient in place of the stock one; a plain second registration would only warn. */
function replaceGradient(config: tf.GradConfig): void {
  if (tf.getGradient(config.kernelName)) tf.unregisterGradient(config.kernelName)
  tf.registerGradient(config)
}

function binary(kernel: string): [string, readonly string[]] {
  return [kernel, ['a', 'b']]
}
