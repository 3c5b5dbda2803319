/**
 * The recipe: one plain value that says how an agent is made. Recipes live in agents/, one file an agent; a JSON
 * file of the same form works as well. Everything that changes the result is in here, beside the seed.
 */
import { z } from 'zod'
import { GAMES } from '../../envs/registry.ts'
import { DIFFICULTIES } from '../../levels/level.ts'
import { LEVEL_KINDS } from '../../levels/registry.ts'
import { THEMES } from '../core/themes.ts'
import { checkDeclared, type Declared, parseDeclared } from './declared.ts'
import { estimatorFault, estimatorSchema } from './estimators/options.ts'

const count = z.int().min(1)
const rate = z.number().positive()

export const levelRequestSchema = z
  .strictObject({
    game: z.enum(GAMES.map(game => game.id) as [string, ...string[]]),
    /** Smallest and largest side of the map. */
    size: z.tuple([z.int().min(5).max(63), z.int().min(5).max(63)]).exactOptional(),
    /** Hidden rules that differ from level to level. */
    vary: z.array(z.string()).exactOptional(),
    /** Layout families; those that are held out are for evaluation and refused here. */
    families: z.array(z.string()).min(1).exactOptional(),
    /** 1 easy, 2 as the game's defaults, 3 hard. */
    difficulty: z
      .literal([...DIFFICULTIES], { error: `expected ${DIFFICULTIES.join(', ')}` })
      .exactOptional(),
    themes: z
      .array(z.enum(THEMES.map(theme => theme.name) as [string, ...string[]]))
      .min(1)
      .exactOptional(),
  })
  .superRefine((request, context) => {
    const kind = LEVEL_KINDS.find(k => k.game === request.game)
    if (!kind) return
    const rules = Object.keys(kind.defaultRules)
    const families = kind.families.map(family => family.name)
    for (const rule of request.vary ?? []) {
      if (!rules.includes(rule))
        context.addIssue({
          code: 'custom',
          path: ['vary'],
          message: `${kind.game} has no hidden rule '${rule}'; expected ${rules.join(', ')}`,
        })
    }
    for (const family of request.families ?? []) {
      if (!families.includes(family))
        context.addIssue({
          code: 'custom',
          path: ['families'],
          message: `${kind.game} has no layout family '${family}'; expected ${families.join(', ')}`,
        })
      else if (kind.families.some(({ name, heldOut }) => name === family && heldOut))
        context.addIssue({
          code: 'custom',
          path: ['families'],
          message: `the layout family '${family}' of ${kind.game} is held out from training; leave it to evaluation`,
        })
    }
    for (const name of request.families ?? kind.defaults.families) {
      const smallest = kind.families.find(family => family.name === name)?.smallest ?? 0
      if (request.size && request.size[0] < smallest)
        context.addIssue({
          code: 'custom',
          path: ['size'],
          message: `expected sides of at least ${smallest} for the layout family ${name} of ${kind.game}`,
        })
    }
    const size = request.size
    if (size && (size[0] > size[1] || size.some(side => side % 2 === 0))) {
      context.addIssue({
        code: 'custom',
        path: ['size'],
        message: 'expected two odd numbers, the smaller first',
      })
    }
  })

const replaySchema = z.strictObject({
  /** Levels that are kept to be played again, for each entry of the recipe's `levels`. */
  bufferSize: count.default(128),
  /** Chance that a task takes a level from the buffer and no fresh one, once the buffer is half full. */
  replayProbability: z.number().min(0).max(1).default(0.5),
  /** What makes a level worth playing again. */
  score: z.enum(['positive-value-loss', 'adaptation-gain']).default('positive-value-loss'),
  /** Beta of the rank prioritisation: near 0 the best ranks alone are drawn, far above 1 all alike. */
  temperature: z.number().min(0.05).default(0.3),
  /** Rho: the weight of how long ago a level was played, against its rank. */
  staleness: z.number().min(0).max(1).default(0.3),
})

/** How the levels of training are chosen: docs/algorithms/curriculum.md. That page says where the defaults come from. */
export const curriculumSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    /** Domain randomisation: every task is a fresh level. */
    kind: z.literal('uniform'),
  }),
  z.strictObject({
    /** Prioritized Level Replay: some tasks are levels that were worth it before. */
    kind: z.literal('plr'),
    ...replaySchema.shape,
  }),
  z.strictObject({
    /** ACCEL: levels for replay are now and then edited first. */
    kind: z.literal('accel'),
    ...replaySchema.shape,
    replayProbability: replaySchema.shape.replayProbability.unwrap().default(0.8),
    /** Chance that a level taken from the buffer is edited, and its child played. */
    mutationProbability: z.number().min(0).max(1).default(0.5),
    /** Edits from parent to child. */
    edits: count.default(5),
  }),
])

export const recipeSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected lower-case letters, digits and dashes'),
  description: z.string(),
  /** Levels to learn on, one entry a game; tasks take them in turn. */
  levels: z.array(levelRequestSchema).min(1),
  /** Which of them are played again; left out: none, as with the kind uniform. */
  curriculum: curriculumSchema.exactOptional(),
  /** The encoder's pretraining. */
  encoder: z.strictObject({
    /** Levels whose pictures it is pretrained on. */
    levels: z.array(levelRequestSchema).min(1),
    /** Gradient steps. */
    steps: count,
    /** Pairs of consecutive frames a step. */
    pairs: count,
    /** Adam's rate at the start of a cosine. */
    rate,
  }),
  meta: z
    .strictObject({
      /** Meta-iterations, each one update of the initialisation. */
      iterations: count,
      /** Tasks (levels) a meta-iteration, M. */
      tasks: count,
      /** Episodes a task and inner step, N. */
      episodes: count,
      /** Inner gradient steps, K; 0 trains without meta-learning. */
      steps: z.int().min(0).max(20),
      /** 2: differentiate through the inner gradients; 1: first-order MAML. */
      order: z.union([z.literal(1), z.literal(2)]),
      /** How the meta-gradient is estimated; left out: MAML of the given order. */
      estimator: estimatorSchema.exactOptional(),
      /** Inner rate at the start, of every tensor and step. */
      alpha: rate,
      /** Bounds of the learned inner rates. */
      alphaBounds: z
        .tuple([z.number().min(0), z.number().positive()])
        .refine(([min, max]) => min <= max, 'expected two numbers, the smaller first'),
      /** Adam's rate for the inner rates. */
      alphaRate: z.number().min(0),
      /** Outer rate: Adam's rate for the initialisation at the start; it falls linearly to a tenth. */
      beta: rate,
      /** Outer updates from one set of trajectories. */
      epochs: count,
      /** The outer likelihood ratio is clipped to 1 - this and 1 + this. */
      ratioClip: rate,
      /** Largest global norm of the meta-gradient. */
      clip: rate,
      /** Discount of rewards. */
      discount: z.number().min(0).max(1),
      /** Lambda of the generalised advantage estimate. */
      lambda: z.number().min(0).max(1),
      /** Weight of the mean entropy in the outer loss. */
      entropyBonus: z.number().min(0),
      /** Hidden layers of the policy head. */
      hidden: z.array(count),
    })
    .superRefine((meta, context) => {
      const fault = estimatorFault(meta)
      if (fault) context.addIssue({ code: 'custom', path: [fault.field], message: fault.message })
    }),
  validation: z.strictObject({
    /** Meta-iterations between two scores on validation levels, which pick the checkpoint. */
    every: count,
    /** Levels in each score. */
    levels: count,
  }),
  baselines: z.strictObject({
    /** Fixed inner rates to choose from on validation levels, for the fine-tuned baselines. */
    alphas: z.array(rate).min(1),
  }),
})

export type Recipe = Readonly<z.infer<typeof recipeSchema>>
export type MetaRecipe = Recipe['meta']
export type CurriculumRecipe = z.infer<typeof curriculumSchema>
export type ReplayRecipe = z.infer<typeof replaySchema>

const RECIPE: Declared<Recipe> = {
  schema: recipeSchema,
  what: 'recipe',
  explained: 'see src/learn/recipe.ts, which explains every field',
}

/** Reads a recipe from JSON; `source` names it in errors. */
export function parseRecipe(text: string, source: string): Recipe {
  return parseDeclared(text, source, RECIPE)
}

/** Checks a recipe; the error names the first field that is wrong. */
export function checkRecipe(value: unknown, source: string): Recipe {
  return checkDeclared(value, source, RECIPE)
}
