/** The training that is watched, in a process of its own: ends when its parent does. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { loadEncoder } from '../../src/app/encoder-file.ts'
import { train } from '../../src/app/train.ts'
import type { BackendName } from '../../src/learn/backend.ts'
import type { Recipe } from '../../src/learn/recipe.ts'

const { values } = parseArgs({
  options: {
    recipe: { type: 'string', default: '' },
    out: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    encoder: { type: 'string' },
    backend: { type: 'string' },
  },
})
process.on('disconnect', () => process.exit())

await train(
  {
    recipe: JSON.parse(readFileSync(values.recipe, 'utf8')) as Recipe,
    seed: Number(values.seed),
    out: values.out,
    resume: false,
    ...(values.backend === undefined ? {} : { backend: values.backend as BackendName }),
    ...(values.encoder === undefined ? {} : { encoder: loadEncoder(values.encoder) }),
  },
  {
    signal: new AbortController().signal,
    command: 'npx levelshift bench watch',
    say: line => process.stderr.write(`${line}\n`),
    progress: () => ({ update() {}, stop() {} }),
  },
)
