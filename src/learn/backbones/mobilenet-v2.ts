/**
 * MobileNetV2 (Sandler et al. 2018, https://arxiv.org/abs/1801.04381, table 2) as torchvision builds it: 52
 * convolutions, each with batch normalisation, which is folded into its weights here, and a classifier of the 1,000
 * classes of ImageNet. The *trunk*, what agents see with, is its first 39 convolutions: 96 channels at stride 16.
 *
 *     block: 1x1 to t * C, relu6; 3x3 depthwise, relu6; 1x1 to C', no relu; plus the input where the shape is the same
 *
 * A convolution's padding is symmetric as in PyTorch; 'same' of TensorFlow pads differently at stride 2.
 */
import * as tf from '@tensorflow/tfjs-core'
import { quoted, UserError } from '../../core/errors.ts'
import type { HostParameters, ParameterSet, Parameters, Shapes } from '../parameters.ts'
import { standardNormal } from '../policy.ts'
import type { TorchTensor } from './torch-pickle.ts'

interface Convolution {
  /** conv00, conv01 and so on: `NAME/w` is [height, width, inputs, outputs], depthwise [3, 3, channels, 1]. */
  readonly name: string
  /** Name in torchvision's checkpoint of the convolution, and of its batch normalisation. */
  readonly torch: string
  readonly norm: string
  readonly inputs: number
  readonly outputs: number
  /** Width of the window. */
  readonly window: 1 | 3
  readonly stride: number
  readonly depthwise: boolean
  readonly relu: boolean
}

interface Block {
  readonly convolutions: readonly Convolution[]
  /** Whether the block's input is added to its output. */
  readonly residual: boolean
}

/** Expansion t, channels c, repeats n, first stride s (table 2 of the paper). */
const STAGES: readonly (readonly [number, number, number, number])[] = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
]
const LAST_CHANNELS = 1280
const CLASSES = 1000
/** torchvision's features.0 to features.13. */
const TRUNK_BLOCKS = 14
/** PyTorch's epsilon of batch normalisation. */
const EPSILON = 1e-5
/** Mean and standard deviation of ImageNet's red, green and blue, as torchvision gives them, in 0..1. */
const MEAN = [0.485, 0.456, 0.406]
const DEVIATION = [0.229, 0.224, 0.225]

/** Channels of the trunk's output. */
export const TRUNK_CHANNELS = 96
/** Pixels of the picture from one cell of the trunk's output to the next. */
export const TRUNK_STRIDE = 16

const BLOCKS = createBlocks()
const TRUNK = BLOCKS.slice(0, TRUNK_BLOCKS)

/** Shapes of the trunk's 39 convolutions and biases by name. */
export const TRUNK_SHAPES: Shapes = shapesOf(TRUNK)
/** Shapes of the whole network with its classifier. */
export const NETWORK_SHAPES: Shapes = {
  ...shapesOf(BLOCKS),
  'classifier/w': [LAST_CHANNELS, CLASSES],
  'classifier/b': [CLASSES],
}

function createBlocks(): readonly Block[] {
  let count = 0
  const convolution = (spec: Omit<Convolution, 'name'>): Convolution => ({
    name: `conv${String(count++).padStart(2, '0')}`,
    ...spec,
  })
  const plain = { window: 1, stride: 1, depthwise: false, relu: true } as const
  const stem = convolution({
    ...plain,
    torch: 'features.0.0',
    norm: 'features.0.1',
    inputs: 3,
    outputs: 32,
    window: 3,
    stride: 2,
  })
  const blocks: Block[] = [{ convolutions: [stem], residual: false }]
  let inputs = 32
  for (const [expansion, outputs, repeats, firstStride] of STAGES) {
    for (let repeat = 0; repeat < repeats; repeat++) {
      const stride = repeat === 0 ? firstStride : 1
      const inner = inputs * expansion
      const prefix = `features.${blocks.length}.conv`
      const convolutions: Convolution[] = []
      const wide = (spec: Omit<Convolution, 'name' | 'torch' | 'norm'>) => {
        const path = `${prefix}.${convolutions.length}`
        convolutions.push(convolution({ ...spec, torch: `${path}.0`, norm: `${path}.1` }))
      }
      if (expansion > 1) wide({ ...plain, inputs, outputs: inner })
      wide({ ...plain, inputs: inner, outputs: inner, window: 3, stride, depthwise: true })
      const at = convolutions.length
      const narrow = {
        ...plain,
        torch: `${prefix}.${at}`,
        norm: `${prefix}.${at + 1}`,
        inputs: inner,
        outputs,
        relu: false,
      }
      convolutions.push(convolution(narrow))
      blocks.push({ convolutions, residual: stride === 1 && inputs === outputs })
      inputs = outputs
    }
  }
  const path = `features.${blocks.length}`
  const last = convolution({
    ...plain,
    torch: `${path}.0`,
    norm: `${path}.1`,
    inputs,
    outputs: LAST_CHANNELS,
  })
  return [...blocks, { convolutions: [last], residual: false }]
}

function shapesOf(blocks: readonly Block[]): Shapes {
  return Object.fromEntries(
    blocks
      .flatMap(block => block.convolutions)
      .flatMap(({ name, window, inputs, outputs, depthwise }) => [
        [`${name}/w`, [window, window, inputs, depthwise ? 1 : outputs]],
        [`${name}/b`, [outputs]],
      ]),
  )
}

/** The trunk with fresh weights (He et al. 2015: normal with variance 2 / inputs of a unit), biases zero. */
export function initTrunk(random: () => number): ParameterSet {
  const values: Record<string, Float32Array> = {}
  for (const { name, window, inputs, outputs, depthwise } of TRUNK.flatMap(block => block.convolutions)) {
    const fanIn = window * window * (depthwise ? 1 : inputs)
    const size = fanIn * outputs
    const scale = Math.sqrt(2 / fanIn)
    values[`${name}/w`] = Float32Array.from({ length: size }, () => standardNormal(random) * scale)
    values[`${name}/b`] = new Float32Array(outputs)
  }
  return { shapes: TRUNK_SHAPES, values }
}

/** The trunk's part of the whole network's weights. */
export function trunkOf(network: HostParameters): HostParameters {
  return Object.fromEntries(Object.keys(TRUNK_SHAPES).map(name => [name, network[name]]))
}

/**
 * The whole network's weights from torchvision's checkpoint, batch normalisation folded in:
 * w' = w * gain / sqrt(variance + epsilon), b' = bias - mean * gain / sqrt(variance + epsilon), by channel of output.
 * A checkpoint of another network is refused with a UserError that names it by `source`.
 */
export function fromTorch(tensors: ReadonlyMap<string, TorchTensor>, source: string): HostParameters {
  const read = (name: string, shape: readonly number[]) => {
    const tensor = tensors.get(name)
    if (String(tensor?.shape) === String(shape) && tensor) return tensor.data
    throw new UserError(
      `${source}: not MobileNetV2 of torchvision: tensor ${quoted(name)} has ${tensor ? `shape [${tensor.shape}]` : 'no entry'}, ` +
        `expected shape [${shape}]; give torchvision's mobilenet_v2 checkpoint`,
    )
  }
  const values: Record<string, Float32Array> = {}
  for (const convolution of BLOCKS.flatMap(block => block.convolutions)) {
    const { name, torch, norm, inputs, outputs, window, depthwise } = convolution
    const groupInputs = depthwise ? 1 : inputs
    const weights = read(`${torch}.weight`, [outputs, groupInputs, window, window])
    const [gain, bias, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(part =>
      read(`${norm}.${part}`, [outputs]),
    )
    const scale = Float64Array.from(gain, (value, channel) => value / Math.sqrt(variance[channel] + EPSILON))
    const folded = new Float32Array(weights.length)
    const area = window * window
    // [outputs, inputs, y, x] to [y, x, inputs, outputs]; depthwise, [channels, 1, y, x] to [y, x, channels, 1]: the
    // same places.
    for (let output = 0, from = 0; output < outputs; output++) {
      for (let input = 0; input < groupInputs; input++) {
        for (let cell = 0; cell < area; cell++, from++)
          folded[(cell * groupInputs + input) * outputs + output] = weights[from] * scale[output]
      }
    }
    values[`${name}/w`] = folded
    values[`${name}/b`] = Float32Array.from(bias, (value, channel) => value - mean[channel] * scale[channel])
  }
  const classifier = read('classifier.1.weight', [CLASSES, LAST_CHANNELS])
  values['classifier/w'] = Float32Array.from(
    { length: classifier.length },
    (_, i) => classifier[(i % CLASSES) * LAST_CHANNELS + Math.floor(i / CLASSES)],
  )
  values['classifier/b'] = Float32Array.from(read('classifier.1.bias', [CLASSES]))
  return values
}

/** What the trunk sees in pictures, [count, height, width, 3] in 0..255: [count, height / 16, width / 16, 96]. */
export function runTrunk(parameters: Parameters, pictures: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => runBlocks(parameters, normalised(pictures), TRUNK))
}

/** Logits [count, 1000] of ImageNet's classes for pictures, [count, 224, 224, 3] in 0..255. */
export function classify(parameters: Parameters, pictures: tf.Tensor4D): tf.Tensor2D {
  return tf.tidy(() => {
    const pooled = tf.mean(runBlocks(parameters, normalised(pictures), BLOCKS), [1, 2])
    return tf.add(tf.matMul(pooled, parameters['classifier/w']), parameters['classifier/b']) as tf.Tensor2D
  })
}

function normalised(pictures: tf.Tensor4D): tf.Tensor4D {
  const scale = tf.tensor1d(DEVIATION.map(deviation => 1 / (255 * deviation)))
  const shift = tf.tensor1d(MEAN.map((mean, i) => -mean / DEVIATION[i]))
  return tf.add(tf.mul(pictures, scale), shift)
}

function runBlocks(parameters: Parameters, x: tf.Tensor4D, blocks: readonly Block[]): tf.Tensor4D {
  return blocks.reduce((input, { convolutions, residual }) => {
    const output = convolutions.reduce((y, convolution) => convolve(parameters, y, convolution), input)
    return residual ? (tf.add(input, output) as tf.Tensor4D) : output
  }, x)
}

function convolve(parameters: Parameters, x: tf.Tensor4D, convolution: Convolution): tf.Tensor4D {
  const { name, window, stride, depthwise, relu } = convolution
  const weights = parameters[`${name}/w`] as tf.Tensor4D
  const sides: [number, number] = [(window - 1) / 2, (window - 1) / 2]
  const padded = window === 1 ? x : tf.pad(x, [[0, 0], sides, sides, [0, 0]])
  const y = depthwise
    ? tf.depthwiseConv2d(padded, weights, stride, 'valid')
    : tf.conv2d(padded, weights, stride, 'valid')
  const shifted = tf.add(y, parameters[`${name}/b`]) as tf.Tensor4D
  return relu ? tf.relu6(shifted) : shifted
}
