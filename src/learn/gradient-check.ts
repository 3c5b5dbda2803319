/**
 * The check that a backend computes the gradient that adaptation descends, against differences of the loss itself. It
 * stands in for the second-order self-check where an agent only adapts and is not trained: in the browser.
 */
import * as tf from '@tensorflow/tfjs-core'
import { innerStep } from './maml.ts'
import { mapRecord, type Parameters, withinScope } from './parameters.ts'
import { categoricalLogProbabilities, mlp, oneHotRows, takenLogProbability } from './policy.ts'
import { likelihoodRatioLoss, surrogateData } from './surrogate.ts'

/** Right backends stay below 1e-4; half-precision textures or a wrong kernel give 0.01 and more. */
export const GRADIENT_TOLERANCE = 2e-3
/** Step of the differences. */
const STEP = 0.02
const [TASKS, ROWS, FEATURES, HIDDEN, ACTIONS] = [2, 4, 5, 6, 3]

/** The largest error of the policy's gradient on the current backend, relative to the largest slope. */
export function policyGradientError(): number {
  return withinScope(() => {
    const features = uniform([TASKS, ROWS, FEATURES], 7)
    const actions = tf.tensor3d(oneHotRows([0, 2, 1, 1, 2, 0, 0, 1], ACTIONS), [TASKS, ROWS, ACTIONS])
    const data = surrogateData({
      tasks: TASKS,
      oldLogProbabilities: new Float32Array(TASKS * ROWS).fill(-1.1),
      advantages: Float32Array.of(1, -0.5, 0.7, -1.2, 0.4, 1.5, -0.3, 0.9),
    })
    const loss = likelihoodRatioLoss(parameters => {
      const logProbabilities = categoricalLogProbabilities(mlp(parameters, features))
      return { logProbability: takenLogProbability(logProbabilities, actions) }
    }, data)
    const theta: Parameters = {
      w0: uniform([TASKS, FEATURES, HIDDEN], 1),
      b0: uniform([TASKS, 1, HIDDEN], 2),
      w1: uniform([TASKS, HIDDEN, ACTIONS], 3),
      b1: uniform([TASKS, 1, ACTIONS], 4),
    }
    // One step at rate 1 leaves theta - gradient.
    const rates = mapRecord(theta, () => 1)
    const { adapted } = innerStep(theta, rates, loss)
    const slopes = Object.keys(theta).map((name, i) => {
      const direction = uniform(theta[name].shape, 100 + i)
      const moved = (steps: number) =>
        numberOf(loss({ ...theta, [name]: tf.add(theta[name], tf.mul(direction, steps * STEP)) }))
      return {
        exact: numberOf(tf.mul(tf.sub(theta[name], adapted[name]), direction)),
        // Exact to the fourth order.
        numeric: (8 * (moved(1) - moved(-1)) - (moved(2) - moved(-2))) / (12 * STEP),
      }
    })
    const largest = Math.max(...slopes.map(({ numeric }) => Math.abs(numeric)))
    return Math.max(...slopes.map(({ exact, numeric }) => Math.abs(exact - numeric))) / largest
  })
}

/** The same numbers on every backend: tfjs draws them in JavaScript. */
function uniform(shape: number[], seed: number): tf.Tensor {
  return tf.randomUniform(shape, -1, 1, 'float32', seed)
}

/** The sum of a tensor. */
function numberOf(x: tf.Tensor): number {
  return tf.sum(x).dataSync()[0]
}
