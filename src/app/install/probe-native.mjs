// Loads the native backend in a process of its own and differentiates one matrix product: an addon that crashes, or
// computes wrong numbers, then costs a sentence and not the install. Prints one line of JSON.
import { createRequire } from 'node:module'
import util from 'node:util'

process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'
// Node 23 removed both; the package still calls them.
util.isNullOrUndefined ??= value => value === null || value === undefined
util.isArray ??= Array.isArray

const require = createRequire(import.meta.url)
console.warn = () => {}
const tf = require('@tensorflow/tfjs-node-gpu')
const a = tf.tensor2d([1, 2, 3, 4], [2, 2])
const b = tf.tensor2d([5, 6, 7, 8], [2, 2])
// d sum(a b) / da has the row sums of b in each row.
const gradient = Array.from(
  tf
    .grad(x => tf.sum(tf.matMul(x, b)))(a)
    .dataSync(),
)
const right = gradient.join() === '11,15,11,15'
process.stdout.write(`${JSON.stringify({ right, gradient, backend: tf.getBackend() })}\n`)
process.exit(right ? 0 : 1)
