// Second derivatives against central differences, op by op and for whole networks, on every backend that is present.
// First derivatives are checked against differences of the loss, so that the two cannot be wrong together.
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { BACKEND_NAMES, type BackendName, SecondOrderError, selectBackend } from '../src/learn/backend.ts'
import { logSoftmax, oneHot, pick, stopGradient } from '../src/learn/ops.ts'
import {
  checkSecondOrder,
  hessianError,
  SECOND_ORDER_CHECKS,
  SECOND_ORDER_TOLERANCE,
  type SecondOrderCheck,
} from '../src/learn/self-check.ts'

/** tanh beside another path to its input: the case in which stock tfjs is wrong and says nothing. */
const tanhTimesX: SecondOrderCheck = {
  name: 'x tanh x',
  shapes: [[6]],
  loss: x => tf.sum(tf.mul(x, tf.tanh(x))),
}

/** Ops that our losses do not use today, but that must not be wrong in silence when they do. */
const FURTHER_CHECKS: readonly SecondOrderCheck[] = [
  tanhTimesX,
  {
    name: 'leakyRelu',
    shapes: [[3, 4]],
    awayFromZero: 0.1,
    loss: x => tf.sum(tf.square(tf.leakyRelu(x, 0.2))),
  },
  { name: 'selu', shapes: [[3, 4]], awayFromZero: 0.1, loss: x => tf.sum(tf.square(tf.selu(x))) },
  { name: 'abs', shapes: [[3, 4]], awayFromZero: 0.1, loss: x => tf.sum(tf.mul(tf.abs(x), tf.square(x))) },
  { name: 'max', shapes: [[3, 4]], loss: x => tf.sum(tf.square(tf.max(x, 1))) },
  { name: 'pow', shapes: [[3, 4]], range: [0.5, 2], loss: x => tf.sum(tf.pow(x, 3)) },
  { name: 'rsqrt', shapes: [[3, 4]], range: [0.5, 2], loss: x => tf.sum(tf.rsqrt(x)) },
  { name: 'moments', shapes: [[3, 4]], loss: x => tf.sum(tf.square(tf.moments(x, 0).variance)) },
  {
    name: 'concat',
    shapes: [
      [3, 4],
      [3, 2],
    ],
    loss: (a, b) => tf.sum(tf.square(tf.concat([tf.exp(a), b], 1))),
  },
  {
    name: 'stack and unstack',
    shapes: [[4], [4]],
    loss: (a, b) => {
      const [first, second] = tf.unstack(tf.stack([tf.exp(a), b])) as [tf.Tensor, tf.Tensor]
      return tf.sum(tf.square(tf.mul(first, second)))
    },
  },
  { name: 'slice', shapes: [[3, 4]], loss: x => tf.sum(tf.square(tf.exp(tf.slice(x, [0, 1], [2, 2])))) },
  { name: 'transpose', shapes: [[3, 4]], loss: x => tf.sum(tf.square(tf.matMul(x, tf.transpose(x)))) },
  ...[
    [false, true],
    [true, false],
    [true, true],
  ].map(([ta, tb]) => ({
    name: `batched matMul, transposed ${ta} ${tb}`,
    shapes: [ta ? [2, 4, 3] : [2, 3, 4], tb ? [2, 5, 4] : [2, 4, 5]],
    loss: (a: tf.Tensor, b: tf.Tensor) => tf.sum(tf.square(tf.matMul(a, b, ta, tb))),
  })),
  ...(
    [
      [3, 1, 'same'],
      [3, 2, 'valid'],
      [4, 4, 'same'],
      [2, 2, 'valid'],
      [1, 1, 'valid'],
    ] as const
  ).map(([size, stride, pad]) => ({
    name: `conv2d ${size}x${size} stride ${stride} ${pad}`,
    shapes: [
      [2, 7, 6, 2],
      [size, size, 2, 3],
    ],
    loss: (x: tf.Tensor, w: tf.Tensor) =>
      tf.sum(tf.tanh(tf.mul(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad), 0.3))),
  })),
  {
    name: 'avgPool 3x3 stride 2',
    shapes: [[1, 5, 5, 2]],
    loss: x => tf.sum(tf.square(tf.avgPool(tf.exp(x) as tf.Tensor4D, 3, 2, 'valid'))),
  },
]

test('stock gradients are wrong at second order, without an error, and the mended ones right', async () => {
  // By hand: on the union package's stock gradients, before this process selects a backend for the first time.
  const { createRequire } = await import('node:module')
  createRequire(import.meta.url)('@tensorflow/tfjs')
  tf.enableProdMode()
  await tf.setBackend('cpu')
  expect(hessianError(tanhTimesX)).toBeGreaterThan(0.05)
  await selectBackend('cpu')
  expect(hessianError(tanhTimesX)).toBeLessThan(SECOND_ORDER_TOLERANCE)
})

test('a lost second derivative and an op without one are named', () => {
  const lost: SecondOrderCheck = {
    name: 'a lossy op',
    shapes: [[3]],
    loss: x =>
      tf.sum(
        tf.mul(
          tf.square(x),
          stopGradient(() => tf.square(x)),
        ),
      ),
  }
  const report = checkSecondOrder([tanhTimesX, lost, tanhTimesX])
  expect(report).toMatchObject({ ok: false, worstOp: 'a lossy op' })
  const error = new SecondOrderError({
    backend: 'cpu',
    versions: { node: '', tfjs: '' },
    cores: 1,
    secondOrder: report,
  })
  expect(error.message).toMatch(
    /^backend cpu: the second derivative of a lossy op is wrong by .* relative; use/,
  )

  const pool: SecondOrderCheck = {
    name: 'maxPool',
    shapes: [[1, 4, 4, 1]],
    loss: x => tf.sum(tf.square(tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid'))),
  }
  expect(checkSecondOrder([pool])).toMatchObject({
    ok: false,
    worstOp: 'maxPool',
    reason: expect.stringContaining('MaxPoolGrad'),
  })
})

test('average pooling over the edge is refused: its stock gradient is wrong on cpu and wasm', () => {
  const pool = (x: tf.Tensor) => tf.sum(tf.avgPool(x as tf.Tensor4D, 3, 2, 'same'))
  expect(() => tf.grad(pool)(tf.ones([1, 5, 5, 1]))).toThrow(/avgPool .* use pad 'valid'/)
})

/** Values that another backend must reproduce, computed once on cpu. */
const onCpu = new Map<string, number[]>()

for (const backend of [...BACKEND_NAMES].reverse()) {
  describe(`on ${backend}`, () => {
    let absent: string | undefined
    beforeAll(async () => {
      absent = await selectBackend(backend).then(
        () => undefined,
        (error: Error) => error.message,
      )
    })
    // The native library is only there where it could be built; the other two must always be.
    const onBackend = (name: string, body: () => void) =>
      test(name, context => {
        if (absent && backend === 'native') context.skip(absent)
        expect(absent).toBeUndefined()
        body()
      })

    for (const check of [...SECOND_ORDER_CHECKS, ...FURTHER_CHECKS]) {
      onBackend(`${check.name}: first and second derivative`, () => {
        expect(firstOrderError(check)).toBeLessThan(5e-3)
        expect(hessianError(check)).toBeLessThan(SECOND_ORDER_TOLERANCE)
      })
    }

    onBackend('no tensor is left behind', () => {
      const before = tf.memory().numTensors
      checkSecondOrder()
      expect(tf.memory().numTensors).toBe(before)
    })

    onBackend('convolution gradients and batched products equal those of cpu', () => {
      for (const [name, values] of referenceValues()) {
        if (!onCpu.has(name)) onCpu.set(name, values)
        expectClose(values, onCpu.get(name)!, name)
      }
    })

    onBackend('log-softmax is finite and right for large logits', () => {
      const logits = tf.tensor2d([1000, 0, -1000, 88, 89, 90, -1e5, -1e5, -1e5], [3, 3])
      const values = tf.tidy(() => Array.from(logSoftmax(logits).dataSync()))
      // log(1 / (1 + e^-1 + e^-2)) and one and two less
      expectClose(
        values,
        [0, -1000, -2000, -2.407606, -1.407606, -0.407606, ...Array(3).fill(-Math.log(3))],
        'values',
      )
      const gradient = tf.tidy(() =>
        Array.from(
          tf
            .grad(z => tf.sum(tf.slice(logSoftmax(z as tf.Tensor2D), [0, 0], [3, 1])))(logits)
            .dataSync(),
        ),
      )
      expectClose(gradient.slice(0, 3), [0, 0, 0], 'gradient')
      expectClose(gradient.slice(6), [2 / 3, -1 / 3, -1 / 3], 'gradient')
    })

    onBackend('pick, one-hot and stopGradient', () => {
      const x = tf.tensor3d([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], [2, 2, 3])
      const indices = tf.tensor2d([0, 2, 1, 1], [2, 2], 'int32')
      expect(Array.from(pick(x, indices).dataSync())).toEqual([1, 6, 8, 11])
      expect(oneHot(indices, 3).dtype).toBe('float32')
      const gradient = (f: (x: tf.Tensor) => tf.Tensor) =>
        Array.from(
          tf
            .grad(f)(tf.tensor1d([2, 3]))
            .dataSync(),
        )
      expect(gradient(x => tf.sum(tf.mul(x, stopGradient(x))))).toEqual([2, 3])
      expect(
        gradient(x =>
          tf.sum(
            tf.mul(
              x,
              stopGradient(() => tf.square(x)),
            ),
          ),
        ),
      ).toEqual([4, 9])
    })
  })
}

/** The largest error of the gradient along a direction, against differences of the loss in the same direction. */
function firstOrderError(check: SecondOrderCheck): number {
  return tf.tidy(() => {
    const point = check.shapes.map((shape, i) => {
      const [low, high] = check.range ?? [-1, 1]
      const x = tf.randomUniform(shape, low, high, 'float32', 21 + i)
      return check.awayFromZero === undefined ? x : tf.add(x, tf.mul(tf.sign(x), check.awayFromZero))
    })
    const direction = check.shapes.map((shape, i) => tf.randomUniform(shape, -1, 1, 'float32', 31 + i))
    const gradients = tf.grads((...xs: tf.Tensor[]) => check.loss(...xs) as tf.Scalar)(point)
    const along = gradients.reduce((sum, g, i) => sum + tf.sum(tf.mul(g, direction[i]!)).dataSync()[0]!, 0)
    const step = 0.02
    const at = (steps: number) =>
      check.loss(...point.map((x, i) => tf.add(x, tf.mul(direction[i]!, steps * step)))).dataSync()[0]!
    const numeric = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step)
    // Relative to the gradient's length, since the two parts of the directional derivative may cancel.
    const size = Math.sqrt(gradients.reduce((sum, g) => sum + tf.sum(tf.square(g)).dataSync()[0]!, 0))
    return Math.abs(along - numeric) / size
  })
}

/** Shapes at which wasm takes each of its own paths, beside the encoder's own two layers. */
function referenceValues(): [string, number[]][] {
  return tf.tidy(() => {
    const values: [string, number[]][] = []
    const random = (shape: number[], seed: number) => tf.randomUniform(shape, -1, 1, 'float32', seed)
    for (const [height, size, stride, pad] of [
      [16, 4, 4, 'valid'],
      [17, 4, 4, 'valid'],
      [16, 3, 2, 'same'],
      [15, 3, 2, 'same'],
      [9, 3, 1, 'same'],
      [9, 5, 3, 'same'],
    ] as const) {
      const x = random([3, height, 12, 5], 1)
      const w = random([size, size, 5, 7], 2)
      const [dx, dw] = tf.grads((x, w) =>
        tf.sum(tf.square(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad))),
      )([x, w])
      const name = `conv ${height} ${size}x${size} stride ${stride} ${pad}`
      values.push(
        [`${name}, input`, Array.from(dx!.dataSync())],
        [`${name}, filter`, Array.from(dw!.dataSync())],
      )
    }
    for (const [ta, tb] of [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ]) {
      const a = random(ta ? [2, 3, 6, 4] : [2, 3, 4, 6], 3)
      const b = random(tb ? [2, 3, 5, 6] : [2, 3, 6, 5], 4)
      values.push([`matMul ${ta} ${tb}`, Array.from(tf.matMul(a, b, ta, tb).dataSync())])
    }
    const broadcast = tf.matMul(random([3, 4, 6], 5), random([1, 6, 5], 6))
    values.push(['matMul, one right side for all', Array.from(broadcast.dataSync())])
    return values
  })
}

/** Equal within float32's rounding of sums, relative to the largest value. */
function expectClose(values: number[], expected: number[], name: string): void {
  expect(values.length, name).toBe(expected.length)
  const size = Math.max(1, ...expected.map(Math.abs))
  const worst = Math.max(...values.map((value, i) => Math.abs(value - expected[i]!)))
  expect(worst / size, name).toBeLessThan(2e-6)
}

// Only so that a backend added to the list is noticed here.
BACKEND_NAMES satisfies readonly BackendName[]
