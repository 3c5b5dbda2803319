/** Code of the model card. test/export.test.ts runs it as it stands there. */

import type { AgentDescription } from './describe.ts'

/** How to load each format that was written, and run it on pictures. */
export function loadSnippets(formats: readonly string[], { head }: AgentDescription): string {
  const layers = Object.keys(head.shapes).length / 2
  const parts: string[] = []
  if (formats.includes('onnx')) {
    parts.push(`Python, with \`pip install onnxruntime\`:

\`\`\`python
import numpy as np
import onnxruntime

session = onnxruntime.InferenceSession('model.onnx')
frames = np.zeros((2, 64, 64, 3), np.uint8)
features, logits = session.run(['features', 'logits'], {'pixels': frames})
\`\`\``)
  }
  if (formats.includes('safetensors')) {
    parts.push(`The head alone, in Python, with \`pip install safetensors numpy\`; \`features\` as above:

\`\`\`python
import numpy as np
from safetensors.numpy import load_file

tensors = load_file('model.safetensors')
features = np.zeros((2, 128), np.float32)
hidden = features
for layer in range(${layers}):
    hidden = hidden @ tensors[f'head/w{layer}'] + tensors[f'head/b{layer}']
    if layer < ${layers - 1}:
        hidden = np.tanh(hidden)
logits = hidden
\`\`\``)
  }
  if (formats.includes('tfjs')) {
    parts.push(`JavaScript, with \`npm install @tensorflow/tfjs\`. In a page \`await tf.loadLayersModel('tfjs/model.json')\` is enough;
in Node:

\`\`\`js
import { readFileSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs'

const { modelTopology, weightsManifest } = JSON.parse(readFileSync('tfjs/model.json', 'utf8'))
const weightData = new Uint8Array(readFileSync('tfjs/weights.bin')).buffer
const weightSpecs = weightsManifest[0].weights
const model = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }))

const frames = tf.zeros([2, 64, 64, 3], 'int32')
const [features, logits] = model.predict(frames)
\`\`\``)
  }
  return parts.join('\n\n')
}

/** What the inner loop does, and one step of it as code where a format can be trained on. */
export function adaptSnippet(formats: readonly string[], { adaptation }: AgentDescription): string {
  const { steps, episodes, discount, lambda } = adaptation
  const text = `The head is an initialisation: it is meant to be changed by gradient steps on the level at hand, while the encoder stays as
it is. ${steps === 0 ? 'This one was trained without inner steps, at evaluation it takes three.' : `This one was trained for ${steps} steps.`}

1. Play ${episodes} episodes; draw each action from softmax(logits).
2. Advantages: generalised advantage estimates (discount ${discount}, lambda ${lambda}) over a ridge regression of the
   discounted returns on [1, s, s^2, s^3], s = t / T; then shifted and scaled to mean 0 and deviation 1.
3. One step on -mean(log pi(action) * advantage), for each tensor with its own rate: \`adaptation.rates\` of \`agent.json\`
   has them by step (\`w0\` is the kernel of the first dense layer, \`b0\` its bias). Steps beyond the last reuse its rates.
4. Play again, with the changed head.`
  if (!formats.includes('tfjs')) return text
  return `${text}

Step 3 in JavaScript, after the code above:

\`\`\`js
const agent = JSON.parse(readFileSync('agent.json', 'utf8'))
const head = model.layers.slice(model.layers.findIndex(layer => layer.name === 'features') + 1)
const weights = head.flatMap(layer => layer.weights.map(weight => weight.read()))

/** frames [n, 64, 64, 3], actions n numbers, advantages n numbers; step 0, 1, ... */
function adapt(frames, actions, advantages, step) {
  const rates = agent.adaptation.rates[Math.min(step, agent.adaptation.rates.length - 1)]
  const [features] = model.predict(frames)
  const { grads } = tf.variableGrads(() => {
    const logits = head.reduce((x, layer) => layer.apply(x), features)
    const taken = tf.oneHot(tf.tensor1d(actions, 'int32'), agent.actions.length)
    return tf.logSoftmax(logits).mul(taken).sum(1).mul(advantages).mean().neg()
  }, weights)
  weights.forEach((weight, i) => {
    const rate = rates[(i % 2 ? 'b' : 'w') + Math.floor(i / 2)] ?? 0
    weight.assign(weight.sub(grads[weight.name].mul(rate)))
  })
}
\`\`\``
}
