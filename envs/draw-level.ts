/** Drawing levels for a split: generated until the bucket fits, and proved before anyone sees them. */
import {
  type GenerateOptions,
  hashLevel,
  type Level,
  type LevelKind,
  MAX_SIDE,
  problemsOf,
  requireSplit,
  type Split,
  splitOf,
} from '../levels/level.ts'
import { MUTATOR, mutate } from '../levels/mutate.ts'
import { levelKind } from '../levels/registry.ts'
import { quoted, UserError } from '../src/core/errors.ts'
import { stream } from '../src/core/random.ts'
import { THEMES } from '../src/core/themes.ts'
import type { Game, Solution } from './game.ts'
import { findGame } from './registry.ts'
import { solve } from './solver.ts'

/** Draws that may fail in a row before the generator itself is taken to be at fault. */
const MAX_DRAWS = 1000

/** Edited levels that are tried, and searches for a proof among them (which take far longer), before a parent is given up. */
const MAX_MUTATIONS = 200
const MAX_PROOFS = 20

/** Stands between a parent's name and its child's part of it. */
const MUTATION_MARK = '~'

/** A level with what is known of it. */
export interface ProvedLevel {
  readonly level: Level
  readonly hash: string
  readonly split: Split
  readonly solution: Solution
}

/** A level and its hash; whether it can be won is not looked at. */
export type NamedLevel = Pick<ProvedLevel, 'level' | 'hash'>

/** How a recipe asks for levels of one game; what it leaves out comes from the game's defaults. */
export interface LevelRequest extends Partial<GenerateOptions> {
  readonly game: string
  /** Themes to paint with; default: all that are not held out. */
  readonly themes?: readonly string[]
}

const TRAINING_THEMES = THEMES.filter(theme => !theme.heldOut).map(theme => theme.name)

/**
 * Draws one level of a split. `seed` names the random stream: the same name gives the same level. Levels that
 * cannot be won within the time limit, or not be proved within the search budget, are rejected.
 */
export function drawLevel(request: LevelRequest, split: Split, seed: string): ProvedLevel {
  const kind = levelKind(request.game)
  const game = findGame(request.game)
  const options = optionsOf(kind, request)
  if (split === 'train' && options.heldOutRules)
    throw new UserError(
      `${kind.game}: held-out rules must not be used for training; ask for the validation or test split`,
    )
  for (let attempt = 0; attempt < MAX_DRAWS; attempt++) {
    const name = `${seed}/${attempt}`
    const level = draft(kind, options, request.themes ?? TRAINING_THEMES, name)
    const hash = hashLevel(level)
    if (splitOf(hash) !== split || problemsOf(level, kind).length) continue
    const solution = prove(game, level)
    if (solution.solved) return { level, hash, split, solution }
  }
  throw new Error(
    `${kind.game}: no solvable ${split} level in ${MAX_DRAWS} draws of ${JSON.stringify(options)}; mend the generator`,
  )
}

/** Solves a generated level on the budget that its game gives to those. */
function prove(game: Game, level: Level): Solution {
  return solve(game, level, game.drawBudget === undefined ? {} : { budget: game.drawBudget })
}

/** What a request asks of the generator, its gaps filled; what no generator could do is refused. */
function optionsOf(kind: LevelKind, request: LevelRequest): GenerateOptions {
  const options = { ...kind.defaults, ...request }
  const [smallest, largest] = options.size
  const refuse = (what: string, got: unknown, expected: string): never => {
    throw new UserError(`${kind.game}: ${what} ${quoted(got)}; expected ${expected}`)
  }
  const isOddSide = (side: number) => Number.isInteger(side) && side % 2 === 1 && side <= MAX_SIDE
  if (!isOddSide(smallest) || !isOddSide(largest) || smallest > largest)
    refuse('size', options.size, `two odd numbers up to ${MAX_SIDE - 1}, the smaller first, such as [9, 13]`)
  if (options.families.length === 0) refuse('families', [], 'at least one layout family')
  for (const name of options.families) {
    const family = kind.families.find(f => f.name === name)
    if (!family) refuse('unknown family', name, `one of ${kind.families.map(f => f.name).join(', ')}`)
    else if (smallest < family.smallest)
      refuse('size', options.size, `sides of at least ${family.smallest} for the family ${name}`)
  }
  for (const rule of options.vary) {
    if (!Object.hasOwn(kind.defaultRules, rule))
      refuse('unknown hidden rule', rule, `one of ${Object.keys(kind.defaultRules).join(', ')}`)
  }
  return options
}

function draft(kind: LevelKind, options: GenerateOptions, themes: readonly string[], name: string): Level {
  const random = stream(kind.game, kind.version, name)
  const family = random.pick(options.families)
  const { map, rules } = kind.generate(random, { ...options, families: [family] })
  return {
    game: kind.game,
    map,
    rules,
    theme: random.pick(themes),
    provenance: { source: 'generated', generator: `${kind.game}@${kind.version}`, family, seed: name },
  }
}

/** Draws a level of a split without proving it: many a second, for pictures to learn from, not for play. */
export function sketchLevel(request: LevelRequest, split: Split, seed: string): Level {
  const kind = levelKind(request.game)
  const options = optionsOf(kind, request)
  for (let attempt = 0; attempt < MAX_DRAWS; attempt++) {
    const level = draft(kind, options, request.themes ?? TRAINING_THEMES, `${seed}/${attempt}`)
    if (splitOf(hashLevel(level)) === split && problemsOf(level, kind).length === 0) return level
  }
  throw new Error(
    `${kind.game}: no ${split} level in ${MAX_DRAWS} draws of ${JSON.stringify(options)}; mend the generator`,
  )
}

/**
 * Edits a generated level at random (levels/mutate.ts) until the result is another proved level of the same split, or
 * undefined after 200 edits or 20 failed proofs. The child's provenance has the seed PARENTSEED~SEED/ATTEMPT, from which `rebuildLevel`
 * makes it again. Training refuses a parent of another split and one with held-out rules.
 */
export function mutateLevel(
  request: LevelRequest,
  parent: NamedLevel,
  split: Split,
  seed: string,
  edits: number,
): ProvedLevel | undefined {
  const kind = levelKind(request.game)
  const options = optionsOf(kind, request)
  requireSplit(parent.level, split)
  if (split === 'train') requireTrainingRules(kind, parent.level)
  for (let attempt = 0, proofs = 0; attempt < MAX_MUTATIONS && proofs < MAX_PROOFS; attempt++) {
    const level = edited(kind, options, parent.level, `${seed}/${attempt}`, edits)
    const hash = hashLevel(level)
    if (hash === parent.hash || splitOf(hash) !== split || problemsOf(level, kind).length) continue
    proofs++
    const solution = prove(findGame(kind.game), level)
    if (solution.solved) return { level, hash, split, solution }
  }
  return undefined
}

/**
 * Makes a level again from its provenance's seed, as `drawLevel` (for the same request, and a seed without ~) or
 * `mutateLevel` (with as many edits) gave it. It is not proved again: that takes far longer, and a parent needs no proof.
 */
export function remakeLevel(request: LevelRequest, seed: string, edits: number): NamedLevel {
  const kind = levelKind(request.game)
  const options = optionsOf(kind, request)
  const [root, ...children] = seed.split(MUTATION_MARK) as [string, ...string[]]
  let level = draft(kind, options, request.themes ?? TRAINING_THEMES, root)
  for (const child of children) level = edited(kind, options, level, child, edits)
  return { level, hash: hashLevel(level) }
}

/** The same, and proved again. */
export function rebuildLevel(request: LevelRequest, seed: string, edits: number): ProvedLevel {
  const { level, hash } = remakeLevel(request, seed, edits)
  return { level, hash, split: splitOf(hash), solution: prove(findGame(level.game), level) }
}

function requireTrainingRules(kind: LevelKind, level: Level): void {
  if (kind.isHeldOut(level.rules))
    throw new UserError(
      `${kind.game}: a level with the held-out rules ${JSON.stringify(level.rules)} must not be edited for training; edit a level with rules of training`,
    )
}

/** The level after some edits, named after its parent. */
function edited(
  kind: LevelKind,
  options: GenerateOptions,
  parent: Level,
  name: string,
  edits: number,
): Level {
  const { provenance } = parent
  if (provenance.source !== 'generated')
    throw new Error('only a generated level can be edited: another has no seed to name its child after')
  const seed = `${provenance.seed}${MUTATION_MARK}${name}`
  const random = stream(kind.game, kind.version, MUTATOR, seed)
  const { map, rules } = mutate(kind, parent, random, { edits, generate: options })
  const generator = `${kind.game}@${kind.version}+${MUTATOR}`
  return { game: kind.game, map, rules, theme: parent.theme, provenance: { ...provenance, generator, seed } }
}
