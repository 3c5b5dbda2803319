/**
 * Fills the results blocks of docs/benchmarks.md and docs/fuzzing.md from what the benchmarks and the fuzzer printed:
 *
 *     npx levelshift bench maml --json > maml.json
 *     npm run --silent fuzz -- --files 100000 --json > fuzz.json
 *     node docs/bench-figures.mjs maml=maml.json fuzz=fuzz.json ...
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'

const where = `${cpus().length} cores, no GPU, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}`

for (const argument of process.argv.slice(2)) {
  const [name, file] = argument.split('=')
  const page = new URL(name === 'fuzz' ? 'fuzzing.md' : 'benchmarks.md', import.meta.url)
  const text = readFileSync(page, 'utf8')
  const start = `<!-- results:${name}:start -->`
  const end = `<!-- results:${name}:end -->`
  if (!file || !text.includes(start)) {
    console.error(`${argument}: expected NAME=FILE with a NAME that a page has a block for`)
    process.exit(1)
  }
  const table = tableOf(JSON.parse(readFileSync(file, 'utf8')))
  const command =
    name === 'fuzz' ? 'npm run fuzz -- --files 100000 --json' : `npx levelshift bench ${name} --json`
  const source = `\`${command}\`, ${name === 'fuzz' ? '' : 'seed 1, '}one run; ${where}.`
  const filled = `${text.split(start)[0]}${start}\n\n${table}\n\n${source}\n\n${end}${text.split(end)[1]}`
  writeFileSync(page, filled)
}

/** One row a scenario where there are several, else one row a figure. */
function tableOf(figures) {
  const results = Array.isArray(figures) ? figures : figures.results
  if (!Array.isArray(results)) {
    const rows = flat(figures).map(([key, value]) => `| ${key} | ${value} |`)
    return ['| figure | value |', '| --- | ---: |', ...rows].join('\n')
  }
  const rows = results.map(({ failures, ...result }) =>
    flat(failures ? { ...result, failures: failures.length } : result),
  )
  const names = rows[0].map(([key]) => key)
  return [
    `| ${names.join(' | ')} |`,
    `| --- |${' ---: |'.repeat(names.length - 1)}`,
    ...rows.map(row => `| ${row.map(([, value]) => value).join(' | ')} |`),
  ].join('\n')
}

/** Numbers with their path; lists of records (a history) are left to the JSON. */
function flat(value, path = []) {
  if (Array.isArray(value)) return []
  if (value !== null && typeof value === 'object')
    return Object.entries(value).flatMap(([key, part]) => flat(part, [...path, key]))
  const shown = typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value
  return [
    [
      path.join(' '),
      typeof shown === 'number' ? shown.toLocaleString('en', { maximumFractionDigits: 4 }) : shown,
    ],
  ]
}
