/**
 * Golden values: results that must not change unnoticed. They lie in test/golden/NAME.json beside the call that made
 * them; `UPDATE_GOLDEN=1 npx vitest run test/FILE.test.ts` writes them anew.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { expect } from 'vitest'

type Values = Readonly<Record<string, string>>

/** Compares with the golden file, or writes it when UPDATE_GOLDEN is set. `advice` says what a difference means. */
export function expectGolden(name: string, values: Values, advice: string): void {
  const file = new URL(`./golden/${name}.json`, import.meta.url)
  if (process.env['UPDATE_GOLDEN']) {
    const madeBy = `UPDATE_GOLDEN=1 npx vitest run test/${expect.getState().testPath?.split('/').at(-1)}`
    mkdirSync(new URL('.', file), { recursive: true })
    writeFileSync(file, `${JSON.stringify({ madeBy, values }, null, 2)}\n`)
  }
  const golden: { values: Values } = JSON.parse(readFileSync(file, 'utf8'))
  expect(values, advice).toEqual(golden.values)
}

/** A short hash of what was fed to it, in order. */
export function digest(parts: Iterable<Uint8Array | string>): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex').slice(0, 16)
}
