/**
 * A study's page: Markdown tables and two charts between two markers. What stands outside the markers is a person's and is
 * kept.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../core/errors.ts'
import type { Arm, Study } from '../../learn/study.ts'
import { makeFolder, readText, writeFileAtomic } from '../files.ts'
import { type Chart, drawChart } from '../report/chart.ts'
import { chartFile } from '../report/chart-file.ts'
import { formatScore } from '../report/markup.ts'
import type { PlannedRun } from './plan.ts'
import type { RunResult } from './result.ts'
import { type Estimate, PROFILE_TAUS, type StudySummary, summariseStudy } from './summary.ts'

export const START = '<!-- study:start -->'
export const END = '<!-- study:end -->'

/** Writes NAME.md and its charts into a folder; returns the page's path. */
export function writePage(
  folder: string,
  study: Study,
  runs: readonly PlannedRun[],
  results: readonly (RunResult | undefined)[],
  command: string,
): string {
  const done = results.filter(result => result !== undefined)
  if (done.length === 0)
    throw new UserError(`study ${study.name}: no run is finished, so there is nothing to write`)
  const path = join(folder, `${study.name}.md`)
  const old = existsSync(path) ? readText(path, 'page') : `# Study: ${study.name}\n\n${START}\n${END}\n`
  const [start, end] = [old.indexOf(START), old.indexOf(END)]
  if (start < 0 || end < start)
    throw new UserError(
      `${path}: the lines ${START} and ${END} are gone; put both back, figures go between them`,
    )
  const summary = summariseStudy(study, done)
  const missing = runs.filter((_, i) => results[i] === undefined).length
  const block = [
    study.question,
    '',
    ...(missing > 0 ? [`**Not finished: ${missing} of ${runs.length} runs are missing.**`, ''] : []),
    ...armTable(study, summary),
    ...curveTables(study, summary),
    ...comparison(study, summary),
    ...improvementTable(summary),
    ...profileTable(study, summary),
    provenance(done, command),
  ].join('\n')
  makeFolder(folder)
  writeFileAtomic(
    join(folder, `${study.name}-adaptation.svg`),
    chartFile(drawChart(adaptationChart(study, summary))),
  )
  writeFileAtomic(
    join(folder, `${study.name}-profile.svg`),
    chartFile(drawChart(profileChart(study, summary))),
  )
  writeFileAtomic(path, `${old.slice(0, start)}${START}\n\n${block}\n\n${old.slice(end)}`)
  return path
}

function armTable(study: Study, { arms }: StudySummary): string[] {
  const rows = arms.map(({ arm: name, seeds, rates, trainingSteps }) => {
    const arm = study.arms.find(one => one.name === name) as Arm
    const recipe = typeof arm.recipe === 'string' ? arm.recipe : arm.recipe.name
    const changes = Object.entries(arm.change ?? {}).map(
      ([path, value]) => `${path} ${JSON.stringify(value)}`,
    )
    return [
      name,
      arm.what,
      [recipe, ...changes].join(', '),
      encoderInWords(arm),
      seeds.join(', '),
      Math.round(trainingSteps).toLocaleString('en'),
      rates.map(rate => Number(rate.toPrecision(3))).join(', '),
    ]
  })
  const head = [
    'arm',
    'what',
    'recipe',
    'encoder',
    'seeds',
    'environment steps of its training',
    'rate by seed',
  ]
  const note =
    study.evaluation.rates.length > 1
      ? `The rate was chosen on validation levels, for every arm from ${study.evaluation.rates.length}: for an agent it is the factor on its inner rates, for a baseline its fixed rate.`
      : 'The rate of an agent is the factor on its inner rates; none was tried but 1.'
  return [...table(head, rows, 5), '', note, '']
}

function encoderInWords({ encoder }: Arm): string {
  if (!encoder) return 'of the recipe'
  if ('file' in encoder) return encoder.file
  return `pretrained by ${typeof encoder.pretrain === 'string' ? encoder.pretrain : encoder.pretrain.name}`
}

function curveTables({ name, evaluation }: Study, { arms }: StudySummary): string[] {
  const steps = Array.from({ length: evaluation.steps + 1 }, (_, k) => k)
  const tables = evaluation.sets.flatMap(({ name: set, split, heldOut, levels }, i) => {
    const rows = arms.map(({ arm, sets }) => [
      arm,
      ...sets[i].curve.map(show),
      show(sets[i].gain),
      Math.round(sets[i].environmentSteps[evaluation.at]).toLocaleString('en'),
    ])
    const what = [
      `${arms[0].sets[i].levels} levels of the ${split} split`,
      ...(heldOut.length > 0 ? [`with held-out ${heldOut.join(' and ')}`] : []),
      ...(levels ? [`of ${[...new Set(levels.map(({ game }) => game))].join(', ')}`] : []),
    ].join(' ')
    const head = [
      'arm',
      ...steps.map(k => `${k} ${k === 1 ? 'step' : 'steps'}`),
      `mean gain, 0 to ${evaluation.at}`,
      `environment steps a level, ${evaluation.at} steps`,
    ]
    return [`### ${set}: ${what}`, '', ...table(head, rows, 1), '']
  })
  return [
    '## Score by gradient step',
    '',
    'IQM over levels and seeds with its 95% interval over seeds (stratified bootstrap); 0 is a random player, 1 the solver.',
    '',
    `![Score by gradient step of each arm](${name}-adaptation.svg)`,
    '',
    ...tables,
  ]
}

function comparison({ evaluation }: Study, { arms }: StudySummary): string[] {
  const head = [
    'arm',
    'IQM, over seeds',
    'over seeds and levels',
    'over whole seeds and levels',
    'median',
    'mean',
    'optimality gap',
    'train minus test',
  ]
  const rows = arms.map(({ arm, aggregates, trainGap }) => [
    arm,
    show(aggregates.iqm.runs),
    show(aggregates.iqm['runs and tasks']),
    show(aggregates.iqm['whole runs and tasks']),
    show(aggregates.median),
    show(aggregates.mean),
    show(aggregates.optimalityGap),
    trainGap ? show(trainGap) : '-',
  ])
  return [
    `## Arms compared: ${evaluation.sets[0].name}, ${evaluation.at} steps`,
    '',
    'The three intervals of the IQM differ in what is drawn anew: docs/evaluation.md says which answers what.',
    '',
    ...table(head, rows, 1),
    '',
  ]
}

function improvementTable({ arms, improvement }: StudySummary): string[] {
  if (arms.length < 2) return []
  const rows = arms.map(({ arm }, i) => [arm, ...improvement[i].map(one => (one ? show(one) : '-'))])
  return [
    'Probability that the arm of the row beats that of the column on a level, with its 95% interval over seeds:',
    '',
    ...table(['', ...arms.map(({ arm }) => arm)], rows, 1),
    '',
  ]
}

function profileTable({ name }: Study, { arms }: StudySummary): string[] {
  const shown = [0, 0.25, 0.5, 0.75, 1]
  const rows = arms.map(({ arm, profile }) => [
    arm,
    ...shown.map(tau => show(profile[PROFILE_TAUS.indexOf(tau)])),
  ])
  return [
    '## Performance profile',
    '',
    'Share of scores above τ, over levels and seeds, on the same levels after the same steps.',
    '',
    `![Share of scores above each score](${name}-profile.svg)`,
    '',
    ...table(['arm', ...shown.map(tau => `τ = ${tau}`)], rows, 1),
    '',
  ]
}

function provenance(results: readonly RunResult[], command: string): string {
  const all = (pick: (result: RunResult) => string) => [...new Set(results.map(pick))].sort().join('; ')
  return `\`${command}\`; backend ${all(({ backend }) => backend)}; ${all(({ machine }) => machine)}; ${all(({ date }) => date)}; Levelshift ${all(({ levelshift }) => levelshift)}.`
}

function adaptationChart({ evaluation }: Study, { arms }: StudySummary): Chart {
  return {
    description: `Score on the set ${evaluation.sets[0].name} by gradient step.`,
    xLabel: 'gradient steps',
    yLabel: 'score (IQM)',
    intervals: 'bars',
    series: arms.map(({ arm, sets }) => ({
      name: arm,
      points: sets[0].curve.map(({ value, low, high }, k) => ({ x: k, y: value, low, high })),
    })),
    references: [
      { y: 0, name: 'random player' },
      { y: 1, name: 'solver' },
    ],
    xTicks: arms[0].sets[0].curve.map((_, k) => ({ x: k })),
  }
}

function profileChart({ evaluation }: Study, { arms }: StudySummary): Chart {
  return {
    description: `Share of scores above each score, ${evaluation.at} gradient steps.`,
    xLabel: 'score τ',
    yLabel: 'share of scores above τ',
    intervals: 'bands',
    series: arms.map(({ arm, profile }) => ({
      name: arm,
      points: profile.map(({ value, low, high }, i) => ({ x: PROFILE_TAUS[i], y: value, low, high })),
    })),
  }
}

/** A Markdown table; columns from `figures` on are right-aligned. */
function table(head: readonly string[], rows: readonly (readonly string[])[], figures: number): string[] {
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map((_, i) => (i < figures ? '---' : '---:'))), ...rows.map(line)]
}

function show({ value, low, high }: Estimate): string {
  return `${formatScore(value)} [${formatScore(low)}, ${formatScore(high)}]`
}
