/** Another process that works on a run folder, for run-folder.test.ts: prints one JSON line a step. */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { openRun, type Run } from '../src/app/run-folder.ts'
import { messageOf } from '../src/core/errors.ts'

const [task, folder] = process.argv.slice(2)

function checkpoint(iteration: number, size: number) {
  return {
    tensors: new Map([['w', { shape: [size], data: new Float32Array(size).fill(iteration) }]]),
    metadata: {},
  }
}

function print(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}

/** Trains for ever: killed in the middle of whatever it is doing. */
function train(run: Run): void {
  print({ from: run.iteration })
  for (let iteration = run.iteration + 1; ; iteration++) {
    run.log({ iteration, returns: [iteration, 2 * iteration] })
    run.logLevels(iteration, [{ game: 'gems', hash: `hash-${iteration}`, split: 'train', solverReturn: 3 }])
    run.saveCheckpoint('latest', iteration, checkpoint(iteration, 20_000))
    print({ iteration })
  }
}

/** Runs into a full disk, and tells what it says and what is left. */
function fillDisk(run: Run): void {
  run.log({ iteration: 1 })
  run.saveCheckpoint('latest', 1, checkpoint(1, 100))
  const refused: string[] = []
  const attempt = (work: () => void) => {
    try {
      work()
    } catch (error) {
      refused.push(messageOf(error))
    }
  }
  attempt(() => run.saveCheckpoint('latest', 2, checkpoint(2, 100_000)))
  attempt(() => {
    for (let iteration = 2; ; iteration++) run.log({ iteration, filler: 'x'.repeat(3000) })
  })
  attempt(() => run.saveCheckpoint('latest', 3, checkpoint(3, 100_000)))
  const latest = run.loadCheckpoint('latest')
  print({
    refused,
    iteration: latest?.metadata['iteration'],
    files: readdirSync(join(folder, 'checkpoints')),
  })
}

const run = openRun({ folder, recipe: { name: 'child' }, seed: 1, resume: true })
if (task === 'train') train(run)
else if (task === 'fill-disk') fillDisk(run)
else if (task === 'hold') {
  print({ open: true })
  setInterval(() => {}, 1000)
}
