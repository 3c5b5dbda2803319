/** Follows the runs of a folder. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { quoted, UserError } from '../../core/errors.ts'
import { readRecipe } from '../run-contents.ts'
import type { Live } from './client.ts'
import type { RunSummary } from './protocol.ts'

export async function openLive({ folder }: { readonly folder: string }): Promise<Live> {
  const names = () => {
    const entries = existsSync(folder) ? readdirSync(folder) : []
    return entries.filter(name => existsSync(join(folder, name, 'recipe.json')))
  }
  return {
    runs: async () => names().map(name => summaryOf(join(folder, name), name)),
    folderOf: run => (names().includes(run) ? join(folder, run) : undefined),
    connect: () => ({
      handle(order) {
        if ('run' in order && !names().includes(order.run))
          throw new UserError(`there is no run ${quoted(order.run)}`)
      },
      close() {},
    }),
    async close() {},
  }
}

function summaryOf(folder: string, name: string): RunSummary {
  const { recipe, seed } = readRecipe(folder)
  return {
    name,
    recipe: String(recipe['name'] ?? name),
    games: [],
    seed,
    state: 'stopped',
    iteration: 0,
    iterations: 0,
    best: null,
    hasAgent: existsSync(join(folder, 'checkpoints', 'best.safetensors')),
    hasEvaluation: existsSync(join(folder, 'evaluation.json')),
    changed: statSync(join(folder, 'recipe.json')).mtimeMs,
  }
}
