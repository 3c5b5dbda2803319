/**
 * README.md of an export: a model card with the headings of Mitchell et al. 2019, "Model Cards for Model Reporting"
 * (https://arxiv.org/abs/1810.03993), and code to load the files, which test/export.test.ts runs.
 */

import { THEMES } from '../../core/themes.ts'
import type { Agent } from '../agent-file.ts'
import type { ScoreCurve, ScorePoint } from '../report/data.ts'
import { version } from '../version.ts'
import type { AgentDescription } from './describe.ts'
import type { KeptEvaluation } from './evaluation.ts'
import { adaptSnippet, loadSnippets } from './snippets.ts'

export interface CardRequest {
  readonly agent: Agent
  /** The checkpoint's path. */
  readonly source: string
  readonly formats: readonly string[]
  readonly description: AgentDescription
  readonly evaluation: KeptEvaluation | undefined
  readonly command: string
  readonly date: string
}

export function renderCard(request: CardRequest): string {
  const { agent, formats, description } = request
  const title = `${agent.recipe.name}: a Levelshift agent`
  const parts = [
    ['---', 'license: mit', 'tags: [reinforcement-learning, meta-learning, maml, games]', '---'].join('\n'),
    `# ${title}`,
    `${agent.recipe.description[0].toUpperCase()}${agent.recipe.description.slice(1)}. It looks at 64x64 pixels and chooses one of ${description.actions.length} actions; a few gradient steps on its policy head teach it a level that it has never seen.`,
    section('Model details', details(request)),
    section('How to load it', loadSnippets(formats, description)),
    section('How to adapt it', adaptSnippet(formats, description)),
    section('Intended use', intendedUse(description)),
    section('Factors', factors(description)),
    section('Metrics', METRICS),
    section('Evaluation data', EVALUATION_DATA),
    section('Training data', trainingData(agent)),
    section('Quantitative analyses', analyses(request)),
    section('Ethical considerations', ETHICS),
    section('Caveats and recommendations', caveats(description)),
  ]
  return `${parts.join('\n\n')}\n`
}

const METRICS = `The score of a level is (R - Rmin) / (Rmax - Rmin): R the mean return of the agent's episodes, Rmin that of a random
player, Rmax that of a solver. 0 is a random player, 1 the solver. Over levels it is given as the interquartile mean with
its 95% bootstrap interval (Agarwal et al. 2021), after each gradient step on episodes of that level.`

const EVALUATION_DATA = `Levels that were generated for it and proved solvable. Which split a level belongs to (train 70%, validation 15%, test
15%) follows from the hash of its map and rules, so a test level cannot have been trained on. Validation levels picked the
checkpoint; test levels were only scored.`

const ETHICS = `The data are drawn by a program: no person's data is in them. The agent plays small games, and nothing that it does there
says anything about people. Training takes minutes to hours of one processor.`

function section(title: string, text: string): string {
  return `## ${title}\n\n${text}`
}

function details({ agent, source, command, date, formats, description }: CardRequest): string {
  const { recipe, provenance } = agent
  const hidden = recipe.meta.hidden.map(width => `${width}-`).join('')
  const rows: [string, string | undefined][] = [
    ['recipe', recipe.name],
    ['games', description.games.join(', ')],
    [
      'encoder',
      `frozen, 4 convolutions and 2 dense layers, ${count(agent.encoder)} weights; ${provenance['encoderSource'] ?? 'source unknown'}`,
    ],
    [
      'head',
      `perceptron 128-${hidden}${description.actions.length} with tanh, ${count(agent.learner.theta)} weights`,
    ],
    ['input', 'pixels, [N, 64, 64, 3], RGB, 0 to 255'],
    ['outputs', 'features, [N, 128]; logits, [N, 6]'],
    ['actions', description.actions.map((action, i) => `${i} ${action}`).join(', ')],
    ['training', trainingOf(agent)],
    ['environment steps', grouped(provenance['environmentSteps'])],
    ['seed', String(agent.seed)],
    ['checkpoint', `${source}, of meta-iteration ${provenance['bestIteration'] ?? 'unknown'}`],
    ['exported', `${date} by Levelshift ${version}: \`${command}\``],
    ['licence', 'MIT'],
  ]
  const table = rows.map(([name, value]) => `| ${name} | ${value ?? 'unknown'} |`)
  return ['| | |', '| --- | --- |', ...table, '', filesOf(formats)].join('\n')
}

function filesOf(formats: readonly string[]): string {
  const lines = [
    '`agent.json`: inputs, outputs, actions, inner rates and the whole recipe',
    ...(formats.includes('safetensors')
      ? ['`model.safetensors`: encoder (`encoder/`), head (`head/`) and inner rates (`alpha/STEP/`)']
      : []),
    ...(formats.includes('onnx') ? ['`model.onnx`: ONNX, operator set 17; raw pixels in, uint8'] : []),
    ...(formats.includes('tfjs')
      ? ['`tfjs/`: a TensorFlow.js LayersModel; raw pixels in, int32 or float32']
      : []),
  ]
  return lines.map(line => `- ${line}`).join('\n')
}

function trainingOf({ recipe: { meta } }: Agent): string {
  if (meta.steps === 0) return `policy gradients on all levels, ${meta.iterations} iterations`
  const order = meta.order === 2 ? 'second-order' : 'first-order'
  return `${order} gradients through ${meta.steps} inner steps of ${meta.episodes} episodes each, learned inner rates; ${meta.iterations} meta-iterations of ${meta.tasks} levels`
}

function intendedUse({ games }: AgentDescription): string {
  return `Research and teaching on fast adaptation: as a baseline, as a starting point for other inner loops, as an encoder of tile
games (${games.join(', ')}). Out of scope: any decision that matters, and pictures other than those of Levelshift's games.`
}

function factors({ games }: AgentDescription): string {
  const heldOut = THEMES.filter(theme => theme.heldOut).map(theme => theme.name)
  return `Scores differ by game (${games.join(', ')}), by the level's size and layout, by the values of its hidden rules, and by its
palette: ${heldOut.join(', ')} were never trained on.`
}

function trainingData({ recipe }: Agent): string {
  const levels = recipe.levels.map(level => {
    const size = level.size ? `${[...new Set(level.size)].join(' to ')} tiles a side` : 'default size'
    const vary =
      level.vary === undefined ? 'all hidden rules vary' : `hidden: ${level.vary.join(', ') || 'none'}`
    return `- ${level.game}: ${size}, ${vary}`
  })
  return [
    'Levels of the train split, generated procedurally from the seed and proved by a solver; no recorded or scraped data.',
    '',
    ...levels,
    '',
    `The encoder was pretrained on pictures of ${[...new Set(recipe.encoder.levels.map(({ game }) => game))].join(', ')}, with labels that the simulator computes, unless it came from elsewhere (see above).`,
  ].join('\n')
}

function analyses({ evaluation: kept, agent }: CardRequest): string {
  const validation = agent.provenance['validation']
  const picked =
    validation === undefined
      ? ''
      : `Score on the validation levels that picked the checkpoint: ${validation}.\n\n`
  if (kept === undefined) {
    return `${picked}Not evaluated on test levels yet: \`npx levelshift evaluate\` does it, and an export after that shows the figures.`
  }
  const { evaluation, command } = kept
  const curves: [string, ScoreCurve | undefined][] = [
    ['this agent', evaluation],
    ['fine-tuned without meta-learning', evaluation.baselines.fineTuned],
    ['random head', evaluation.baselines.randomHead],
    ...(evaluation.games ?? []).map((game): [string, ScoreCurve] => [`this agent on ${game.game}`, game]),
  ]
  const steps = evaluation.steps.map(({ k }) => k)
  const rows = curves.flatMap(([name, curve]) =>
    curve === undefined ? [] : [`| ${name} | ${curve.steps.map(scoreOf).join(' | ')} |`],
  )
  const used = evaluation.steps.map(({ environmentSteps }) =>
    Math.round(environmentSteps).toLocaleString('en'),
  )
  return `${picked}Score after k gradient steps on ${evaluation.levels} ${evaluation.split} levels, \`${command}\`:

| | ${steps.map(k => `k = ${k}`).join(' | ')} |
| --- | ${steps.map(() => '---:').join(' | ')} |
${rows.join('\n')}
| environment steps a level | ${used.join(' | ')} |`
}

function scoreOf({ iqm, low, high }: ScorePoint): string {
  return `${iqm.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`
}

function caveats({ adaptation, games }: AgentDescription): string {
  return `- Before any gradient step the agent cannot know a level's hidden rules: its score at k = 0 is near that of a random player.
  Adapt it, on ${adaptation.episodes} episodes a step.
- It expects the view of Levelshift's rasteriser: the player in the middle, tiles of 4x4 pixels. Other pictures of 64x64
  pixels give features that mean nothing.
- It has learned ${games.length === 1 ? 'one game' : `${games.length} games`}; on another one it starts from the encoder alone.
- Actions are drawn from the softmax of the logits, in training and in evaluation. The most likely action alone was never
  evaluated.
- One training seed. Another one gives another agent, and intervals above are over levels only.`
}

function count(values: Readonly<Record<string, Float32Array>>): string {
  return Object.values(values)
    .reduce((sum, { length }) => sum + length, 0)
    .toLocaleString('en')
}

function grouped(digits: string | undefined): string | undefined {
  return digits === undefined ? undefined : Number(digits).toLocaleString('en')
}
