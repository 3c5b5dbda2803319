/**
 * A study: arms that are trained from several seeds and scored on the same unseen levels, as one plain value. Studies live
 * in agents/studies/, one file each; a JSON file of the same form works as well. docs/studies.md explains them.
 */
import { z } from 'zod'
import { checkDeclared, type Declared, parseDeclared } from './declared.ts'
import { HELD_OUT } from './evaluate.ts'
import { levelRequestSchema, recipeSchema } from './recipe.ts'

const count = z.int().min(1)
const name = z.string().regex(/^[a-z][a-z0-9-]*$/, 'expected lower-case letters, digits and dashes')
const unique = (names: readonly string[]) => new Set(names).size === names.length

/** Name of a recipe in agents/, or a recipe. */
const recipeReference = z.union([z.string(), recipeSchema], {
  error: 'expected the name of a recipe, or a whole recipe as src/learn/recipe.ts explains it',
})

/** Which of a run's learners is scored: what the recipe trains, or one of the baselines that are trained beside it. */
export const LEARNERS = ['agent', 'fineTuned', 'randomHead'] as const

const armSchema = z.strictObject({
  name,
  /** What it is, in a few words. */
  what: z.string(),
  recipe: recipeReference,
  /** Recipe fields that differ, by their path: { 'meta.order': 1 }. */
  change: z.record(z.string(), z.unknown()).exactOptional(),
  /** Arms that differ in nothing else share one training a seed. */
  learner: z.enum(LEARNERS).default('agent'),
  /**
   * What the agent sees with. Left out: an encoder pretrained by the arm's own recipe; `pretrain`: by another recipe;
   * `file`: a checkpoint, the same for every seed. Arms and runs with the same pretraining share it.
   */
  encoder: z
    .union([z.strictObject({ pretrain: recipeReference }), z.strictObject({ file: z.string().min(1) })], {
      error: 'expected { pretrain: RECIPE } or { file: CHECKPOINT }',
    })
    .exactOptional(),
})

const setSchema = z
  .strictObject({
    name: z.string().min(1),
    /** validation is for choosing and therefore refused. */
    split: z.enum(['train', 'test']).default('test'),
    /** Layouts or hidden rules that training never draws. */
    heldOut: z.array(z.enum(HELD_OUT)).default([]),
    /** Left out: the levels of the arms' recipes. Given: these, of a held-out game for example. */
    levels: z.array(levelRequestSchema).min(1).exactOptional(),
  })
  .refine(({ split, heldOut }) => split === 'test' || heldOut.length === 0, {
    path: ['split'],
    message: 'what is held out is never drawn for training, expected test',
  })

export const studySchema = z
  .strictObject({
    name,
    /** What it is to answer: a sentence. */
    question: z.string(),
    arms: z.array(armSchema).min(1),
    /** Training seeds. */
    seeds: z.array(z.int().min(0)).min(1),
    evaluation: z.strictObject({
      /** Levels in each set. */
      levels: count,
      /** Largest K: scores are given after 0 .. K gradient steps. */
      steps: count.default(5),
      /** The K of the tables that compare arms; the gain is from 0 to here. */
      at: count.default(3),
      /** Draws the levels and the episodes: the same for every arm and training seed. */
      seed: z.int().min(0).default(1),
      /**
       * Factors on an agent's inner rates, of which validation levels choose one a run; as many as a baseline has rates to
       * choose from, so that every arm has the same budget. [1]: no choice.
       */
      rates: z.array(z.number().positive()).min(1).default([0.25, 0.5, 1, 2, 4]),
      /** Sets of levels; arms are compared on the first. One of split train gives the gap. */
      sets: z.array(setSchema).min(1),
    }),
  })
  .superRefine(({ arms, seeds, evaluation }, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: path.split('.'), message })
    if (!unique(arms.map(arm => arm.name))) refuse('arms', 'expected a different name for each')
    if (!unique(evaluation.sets.map(set => set.name)))
      refuse('evaluation.sets', 'expected a different name for each')
    if (!unique(seeds.map(String))) refuse('seeds', 'expected every seed once')
    if (evaluation.at > evaluation.steps)
      refuse(
        'evaluation.at',
        `expected a number of gradient steps up to evaluation.steps, ${evaluation.steps}`,
      )
    if (evaluation.sets[0].split === 'train')
      refuse('evaluation.sets.0.split', 'arms are compared on unseen levels, expected test')
  })

/** A study as it is written down; defaults may be left out. */
export type StudyDeclaration = z.input<typeof studySchema>
export type Study = z.infer<typeof studySchema>
export type Arm = Study['arms'][number]
export type LevelSet = Study['evaluation']['sets'][number]
export type LearnerName = (typeof LEARNERS)[number]

const STUDY: Declared<Study> = {
  schema: studySchema,
  what: 'study',
  explained: 'docs/studies.md explains every field',
}

/** Reads a study from JSON; `source` names it in errors. */
export function parseStudy(text: string, source: string): Study {
  return parseDeclared(text, source, STUDY)
}

/** Checks a study; the error names the first field that is wrong. */
export function checkStudy(value: unknown, source: string): Study {
  return checkDeclared(value, source, STUDY)
}
