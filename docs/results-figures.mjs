/**
 * Fills the results block of a page and draws its picture from evaluated run folders:
 *
 *     node docs/results-figures.mjs RUN...          README.md and docs/images/adaptation.svg
 *     node docs/results-figures.mjs --all RUN... JSON...    docs/results/all.md and docs/images/all.svg
 *
 * A JSON file is what `evaluate RUN --held-out NAMES --json` printed; it becomes a row of a table of its own.
 *
 * The first run is drawn. Figures are never edited by hand: evaluate anew and run this again.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { register } from 'tsx/esm/api'

register()
const { adaptationChart } = await import('../src/app/report/report.ts')
const { chartFile } = await import('../src/app/report/chart-file.ts')
const { readRun } = await import('../src/app/run-contents.ts')

const START = '<!-- results:start -->'
const END = '<!-- results:end -->'

const isAll = process.argv[2] === '--all'
const given = process.argv.slice(isAll ? 3 : 2)
const folders = given.filter(name => !name.endsWith('.json'))
const heldOut = given
  .filter(name => name.endsWith('.json'))
  .map(name => JSON.parse(readFileSync(name, 'utf8')))
const page = new URL(isAll ? 'results/all.md' : '../README.md', import.meta.url)
const image = new URL(isAll ? 'images/all.svg' : 'images/adaptation.svg', import.meta.url)
const commands = isAll
  ? '`npx levelshift train all --seed SEED --out RUN`, then `npx levelshift evaluate RUN --levels LEVELS`'
  : '`npx levelshift start --seed SEED --out RUN` (trio: `train trio --encoder RUN` with the encoder of starter, 1, then `evaluate RUN --levels 150`; wasm: `--backend wasm`)'

const runs = folders.map(folder => ({ folder, ...readRun(folder) }))
if (runs.length === 0) {
  console.error('node docs/results-figures.mjs [--all] RUN... : give at least one evaluated run folder')
  process.exit(1)
}

const score = point =>
  point ? `${point.iqm.toFixed(2)} [${point.low.toFixed(2)}, ${point.high.toFixed(2)}]` : '–'
const rows = runs.map(({ recipe, seed, provenance, evaluation }) => {
  const { steps, baselines } = evaluation
  const cells = [0, 1, 2, 3].map(k => score(steps[k]))
  const arms = [baselines.fineTuned, baselines.randomHead].map(arm => score(arm?.steps[3]))
  return `| ${recipe.name}, ${seed}, ${provenance.backend} | ${evaluation.levels} | ${[...cells, ...arms].join(' | ')} |`
})
const games = runs.flatMap(({ recipe, seed, evaluation }) =>
  (evaluation.games ?? []).map(({ game, levels, steps, gain }) => {
    const gained = `${gain.mean.toFixed(2)} [${gain.low.toFixed(2)}, ${gain.high.toFixed(2)}]`
    return `| ${recipe.name}, ${seed}: ${game} | ${levels} | ${[0, 1, 2, 3].map(k => score(steps[k])).join(' | ')} | ${gained} |`
  }),
)
const timing = runs.map(({ recipe, seed, provenance, metrics, evaluation }) => {
  const meta = metrics.filter(record => Array.isArray(record.returns))
  const mean = pick => meta.reduce((sum, record) => sum + pick(record), 0) / meta.length
  const shared = `${(100 * mean(record => record.framesShared)).toFixed(1)}%`
  const probes = meta[0]?.probes
  const accuracy = probes
    ? [probes.validation, probes.heldOutThemes]
        .map(({ directionAccuracy }) => `${(100 * directionAccuracy).toFixed(1)}%`)
        .join(' / ')
    : 'see its encoder'
  const used = Math.round(evaluation.steps[3].environmentSteps).toLocaleString('en')
  return `| ${recipe.name}, ${seed}, ${provenance.backend} | ${meta.length} | ${shared} | ${used} | ${accuracy} |`
})
const [{ provenance, evaluation }] = runs
const block = [
  '| recipe, seed, backend | levels | 0 steps | 1 step | 2 steps | 3 steps | fine-tuned, 3 steps | random head, 3 steps |',
  '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
  ...rows,
  '',
  `Score (IQM with its 95% interval) on fresh ${evaluation.split} levels, drawn with the run's seed; 0 is a random player, 1 the`,
  `solver. Each run is ${commands}; ${provenance.machine}, no GPU, ${provenance.date}.`,
  '',
  ...(games.length
    ? [
        '| game | levels | 0 steps | 1 step | 2 steps | 3 steps | mean gain, 0 to 3 |',
        '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
        ...games,
        '',
      ]
    : []),
  ...(heldOut.length
    ? [
        '| what training never draws | levels | 0 steps | 1 step | 2 steps | 3 steps | mean gain, 0 to 3 |',
        '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
        ...heldOut.map(({ recipe, seed, heldOut: what, levels, steps, gain }) => {
          const gained = `${gain.mean.toFixed(2)} [${gain.low.toFixed(2)}, ${gain.high.toFixed(2)}]`
          return `| ${recipe}, ${seed}: ${what.join(' and ')} | ${levels} | ${[0, 1, 2, 3].map(k => score(steps[k])).join(' | ')} | ${gained} |`
        }),
        '',
      ]
    : []),
  '| run | meta-iterations | frames not encoded twice | environment steps a level, 3 steps | probe: way to objects, validation / unseen palettes |',
  '| --- | ---: | ---: | ---: | ---: |',
  ...timing,
].join('\n')

const text = readFileSync(page, 'utf8')
const [before, rest] = text.split(START)
const after = rest.split(END)[1]
writeFileSync(page, `${before}${START}\n\n${block}\n\n${END}${after}`)

writeFileSync(image, chartFile(adaptationChart(evaluation)))
console.log(
  `${page.pathname} and ${image.pathname} from ${runs.map(({ folder }) => join(folder)).join(', ')}`,
)
