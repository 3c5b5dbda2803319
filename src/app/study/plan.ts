/** What a study has to do: which runs, which trainings and encoders they share, and where each is kept. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { quoted, UserError } from '../../core/errors.ts'
import { checkRecipe, type Recipe } from '../../learn/recipe.ts'
import type { Arm, Study } from '../../learn/study.ts'
import { findRecipe } from '../recipes.ts'
import { replaceField } from '../replace-field.ts'

/** Where an encoder comes from: a run folder that pretrains it, or a checkpoint that is there already. */
export type PlannedEncoder =
  | { readonly kind: 'pretrain'; readonly recipe: Recipe; readonly folder: string }
  | { readonly kind: 'file'; readonly path: string }

/** One training, which several arms may share. */
export interface PlannedTraining {
  readonly recipe: Recipe
  readonly seed: number
  readonly encoder: PlannedEncoder
  /** Whether an arm of the study is one of the baselines that are trained beside the agent. */
  readonly baselines: boolean
  readonly folder: string
}

/** One arm from one seed. */
export interface PlannedRun {
  readonly arm: Arm
  readonly seed: number
  readonly training: PlannedTraining
  /** The JSON file of its scores. */
  readonly result: string
  /** Fingerprint of all that the scores depend on. */
  readonly key: string
}

/** Which part of a study to run; everything by default. */
export interface Selection {
  readonly seeds?: readonly number[]
  readonly arms?: readonly string[]
}

/** Episodes of two arms' trainings may differ by this share. */
const BUDGET_TOLERANCE = 0.05

/**
 * All runs of a study in the order in which they are made: seed by seed, so that a study that is stopped has whole
 * comparisons. Throws a UserError where an arm's recipe is wrong or the arms' budgets differ.
 */
export function planStudy(
  study: Study,
  folder: string,
  { seeds = study.seeds, arms }: Selection = {},
): PlannedRun[] {
  const recipes = new Map(study.arms.map(arm => [arm.name, recipeOf(arm, study.name)]))
  requireEqualBudgets(study, recipes)
  for (const name of arms ?? []) {
    if (!recipes.has(name))
      throw new UserError(
        `study ${study.name}: no arm ${quoted(name)}; expected ${[...recipes.keys()].join(', ')}`,
      )
  }
  const trainings = new Map<string, boolean>()
  const fingerprintOf = (arm: Arm) =>
    fingerprint({ recipe: recipes.get(arm.name), encoder: encoderSource(arm, study.name, recipes) })
  for (const arm of study.arms) {
    const print = fingerprintOf(arm)
    trainings.set(print, (trainings.get(print) ?? false) || arm.learner !== 'agent')
  }
  // The K of the tables changes no score.
  const { at: _, ...evaluation } = study.evaluation
  const chosen = study.arms.filter(arm => !arms || arms.includes(arm.name))
  return seeds.flatMap(seed =>
    chosen.map(arm => {
      const recipe = recipes.get(arm.name) as Recipe
      const print = fingerprintOf(arm)
      const source = encoderSource(arm, study.name, recipes)
      return {
        arm,
        seed,
        training: {
          recipe,
          seed,
          baselines: trainings.get(print) ?? false,
          folder: join(folder, 'trainings', `${recipe.name}-${print}-${seed}`),
          encoder:
            typeof source === 'string'
              ? ({ kind: 'file', path: source } as const)
              : ({
                  kind: 'pretrain',
                  recipe: source,
                  folder: join(folder, 'encoders', `${fingerprint(source.encoder)}-${seed}`),
                } as const),
        },
        result: join(folder, 'results', `${arm.name}-${seed}.json`),
        key: fingerprint({ training: print, seed, learner: arm.learner, evaluation }),
      }
    }),
  )
}

/** The arm's recipe with its changes. */
function recipeOf({ name, recipe, change = {} }: Arm, study: string): Recipe {
  const source = `study ${study}, arm ${name}`
  const changed = Object.entries(change).reduce<unknown>(
    (now, [path, value]) => changeOne(now, path, value, source),
    typeof recipe === 'string' ? findRecipe(recipe) : recipe,
  )
  return checkRecipe(changed, source)
}

function changeOne(recipe: unknown, path: string, value: unknown, source: string): unknown {
  try {
    return replaceField(recipe, path, value)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    throw new UserError(
      `${source}: change ${quoted(path)}: a recipe has no such field; see src/learn/recipe.ts`,
      { cause: error },
    )
  }
}

/** The recipe that pretrains the arm's encoder, or the path of a checkpoint. */
function encoderSource(arm: Arm, study: string, recipes: ReadonlyMap<string, Recipe>): Recipe | string {
  if (!arm.encoder) return recipes.get(arm.name) as Recipe
  if ('file' in arm.encoder) return arm.encoder.file
  const { pretrain } = arm.encoder
  return typeof pretrain === 'string'
    ? findRecipe(pretrain)
    : checkRecipe(pretrain, `study ${study}, arm ${arm.name}`)
}

/** Arms are compared at equal cost: as many episodes in training, and as many rates to choose from on validation levels. */
function requireEqualBudgets(study: Study, recipes: ReadonlyMap<string, Recipe>): void {
  const budgets = study.arms.map(({ name, learner }) => {
    const { meta, baselines } = recipes.get(name) as Recipe
    return {
      name,
      episodes: meta.iterations * meta.tasks * meta.episodes * (meta.steps + 1),
      rates: learner === 'agent' ? study.evaluation.rates.length : baselines.alphas.length,
    }
  })
  const [first] = budgets
  for (const { name, episodes, rates } of budgets) {
    if (Math.abs(episodes / first.episodes - 1) > BUDGET_TOLERANCE)
      throw new UserError(
        `study ${study.name}: arm ${name} trains on ${episodes} episodes, ${first.name} on ${first.episodes}; give all arms the same (iterations x tasks x episodes x (steps + 1))`,
      )
    if (rates !== first.rates)
      throw new UserError(
        `study ${study.name}: arm ${name} chooses from ${rates} inner rates, ${first.name} from ${first.rates}; give evaluation.rates and the recipe's baselines.alphas the same length`,
      )
  }
}

function fingerprint(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 10)
}
