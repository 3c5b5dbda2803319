/** The trained agents that ship: they are of the recipes that are there, and they do adapt. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { RECIPES } from '../agents/registry.ts'
import { decodeAgent } from '../src/app/agent-file.ts'
import { evaluate } from '../src/app/evaluate.ts'
import { decodeSafetensors } from '../src/learn/safetensors.ts'
import { quietContext } from './tiny-run.ts'

describe.each(['starter', 'all'])('agents/trained/%s.safetensors', name => {
  const path = `agents/trained/${name}.safetensors`

  test('was trained by the recipe of its name, as that is now', () => {
    const agent = decodeAgent(decodeSafetensors(readFileSync(path), path), path)
    expect(agent.recipe).toEqual(RECIPES.find(recipe => recipe.name === name))
  })

  test('plays unseen levels better after three gradient steps than before', {
    timeout: 120_000,
  }, async () => {
    const levels = name === 'all' ? 27 : 12
    const { evaluation } = await evaluate(
      { agent: path, split: 'test', levels, steps: 3, seed: 5 },
      quietContext(),
    )
    expect(evaluation.gain.low).toBeGreaterThan(0)
    expect(Math.abs(evaluation.steps[0]!.iqm)).toBeLessThan(0.3)
  })
})
