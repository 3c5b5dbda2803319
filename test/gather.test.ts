/** From a run folder to a report. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { gatherReport } from '../src/app/report/gather.ts'
import { renderReport } from '../src/app/report/report.ts'
import { openRun, writeEvaluation } from '../src/app/run-folder.ts'

const temporary = mkdtempSync(join(tmpdir(), 'levelshift-gather-'))
afterAll(() => rmSync(temporary, { recursive: true }))

/** As levelshift evaluate --json prints it. */
const EVALUATION = {
  split: 'train',
  levels: 10,
  steps: [
    { k: 0, iqm: 0.1, low: 0, high: 0.2, environmentSteps: 0 },
    { k: 1, iqm: 0.8, low: 0.7, high: 0.9, environmentSteps: 512 },
  ],
  baselines: { fineTuned: { steps: [{ k: 0, iqm: 0.1, low: 0, high: 0.2, environmentSteps: 0 }] } },
}

describe('gathering from a run folder', () => {
  it('takes curves from the metrics and the rest from their files', () => {
    const folder = join(temporary, 'run')
    const run = openRun({
      folder,
      recipe: { name: 'starter' },
      seed: 7,
      resume: false,
      provenance: { backend: 'cpu' },
    })
    run.log({ iteration: 0, validation: [0, 0.1] })
    run.log({
      iteration: 1,
      returns: [0, 1],
      returnIntervals: [
        [-0.1, 0.1],
        [0.9, 1.1],
      ],
      losses: { outer: 0.5 },
      stepsPerSecond: 9,
    })
    run.log({ iteration: 2, returns: [0, 2], losses: { outer: Number.NaN } })
    writeEvaluation(run.folder, EVALUATION)
    run.close()
    const data = gatherReport(folder, {
      provenance: { machine: '2 cores' },
      figures: [{ label: 'x', value: 1 }],
    })
    expect(data.title).toBe('run')
    expect(data.learning).toEqual([
      {
        name: 'before',
        points: [
          { iteration: 1, value: 0, low: -0.1, high: 0.1 },
          { iteration: 2, value: 0 },
        ],
      },
      {
        name: 'after 1 step',
        points: [
          { iteration: 1, value: 1, low: 0.9, high: 1.1 },
          { iteration: 2, value: 2 },
        ],
      },
    ])
    expect(data.validation?.map(({ points }) => points)).toEqual([
      [{ iteration: 0, value: 0 }],
      [{ iteration: 0, value: 0.1 }],
    ])
    expect(data.losses).toEqual([{ name: 'outer', points: [{ iteration: 1, value: 0.5 }] }])
    expect(data.speed?.points).toEqual([{ iteration: 1, value: 9 }])
    expect(data.evaluation).toEqual(EVALUATION)
    expect(data.figures.map(({ label }) => label)).toEqual([
      'meta-iterations',
      'levels drawn in training',
      'x',
    ])
    expect(data.provenance).toMatchObject({ seed: '7', backend: 'cpu', machine: '2 cores' })
    expect(renderReport(data)).toContain(
      'the agent scores 0.10 before adaptation and 0.80 after 1 gradient step',
    )
  })

  it('names a damaged evaluation', () => {
    const folder = join(temporary, 'run')
    writeFileSync(join(folder, 'evaluation.json'), '{"split": "test"}')
    expect(() => gatherReport(folder)).toThrow(/evaluation\.json: steps: .*; evaluate anew/)
  })
})
