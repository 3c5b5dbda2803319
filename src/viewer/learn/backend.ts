/** The tensor backend of the browser: wasm with SIMD, else webgl. One counts only once its gradients have been checked. */
// The core alone registers no gradients.
import '@tensorflow/tfjs-core/dist/register_all_gradients.js'
import * as tf from '@tensorflow/tfjs-core'
import { messageOf, UserError } from '../../core/errors.ts'
import { GRADIENT_TOLERANCE, policyGradientError } from '../../learn/gradient-check.ts'
import { installSecondOrderGradients } from '../../learn/second-order.ts'

export interface BrowserBackend {
  readonly name: 'wasm' | 'webgl'
  /** One sentence; names the reason where the faster one does not run. */
  readonly why: string
}

const BACKENDS = [
  { name: 'wasm', load: loadWasm },
  { name: 'webgl', load: () => import('@tensorflow/tfjs-backend-webgl') },
] as const

/** Starts the first backend that computes right gradients; throws a UserError in one sentence where none does. */
export async function startBackend(): Promise<BrowserBackend> {
  // Production mode keeps TensorFlow.js from greeting and advising; errors still come through.
  tf.enableProdMode()
  const failures: string[] = []
  for (const { name, load } of BACKENDS) {
    try {
      await load()
      if (!(await tf.setBackend(name))) throw new Error('it did not start')
      installSecondOrderGradients(name)
      const error = policyGradientError()
      // The comparison is turned around so that NaN fails.
      if (!(error < GRADIENT_TOLERANCE))
        throw new Error(`its gradients are wrong by ${error.toPrecision(2)} relative`)
      return { name, why: ['it is the fastest that works here', ...failures].join('; ') }
    } catch (error) {
      failures.push(`${name} does not: ${messageOf(error)}`)
    }
  }
  throw new UserError(
    `agents cannot learn in this browser, since no tensor backend works (${failures.join('; ')}); use a current Chrome, Firefox or Safari`,
  )
}

async function loadWasm(): Promise<void> {
  const [{ setWasmPaths }, { default: simd }] = await Promise.all([
    import('@tensorflow/tfjs-backend-wasm'),
    import('@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm?url'),
  ])
  if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')))
    throw new Error('this browser has no SIMD instructions')
  // Threads would need a page that is isolated from all others, and one level is too small for them.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false)
  // The package wants all three named; with SIMD and without threads it loads the one.
  setWasmPaths({
    'tfjs-backend-wasm.wasm': simd,
    'tfjs-backend-wasm-simd.wasm': simd,
    'tfjs-backend-wasm-threaded-simd.wasm': simd,
  })
}
