/**
 * Golden values: results that must not change unnoticed. They lie in test/golden/NAME.json beside the call that made
 * them; `UPDATE_GOLDEN=1 npx vitest run test/FILE.test.ts` writes them anew.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { expect } from 'vitest'

type Values = Readonly<Record<string, string>>

/** Compares with the golden file, or writes it when UPDATE_GOLDEN is set. `advice` says what a difference means. */
export function expectGolden(name: string, values: Values, advice: string): void {
  if (process.env['UPDATE_GOLDEN']) write(name, values)
  expect(values, advice).toEqual(read(name))
}

/**
 * The same for values that carry a version in their name, such as gems@1: a value whose version stayed must stay too,
 * so UPDATE_GOLDEN only adds new names.
 */
export function expectVersionedGolden(name: string, values: Values, advice: string): void {
  if (process.env['UPDATE_GOLDEN']) write(name, { ...values, ...read(name) })
  expect(read(name), advice).toMatchObject(values)
}

function fileOf(name: string): URL {
  return new URL(`./golden/${name}.json`, import.meta.url)
}

function read(name: string): Values {
  if (!existsSync(fileOf(name))) return {}
  return (JSON.parse(readFileSync(fileOf(name), 'utf8')) as { values: Values }).values
}

function write(name: string, values: Values): void {
  const madeBy = `UPDATE_GOLDEN=1 npx vitest run test/${expect.getState().testPath?.split('/').at(-1)}`
  mkdirSync(new URL('.', fileOf(name)), { recursive: true })
  writeFileSync(fileOf(name), `${JSON.stringify({ madeBy, values }, null, 2)}\n`)
}

/** A short hash of what was fed to it, in order. */
export function digest(parts: Iterable<Uint8Array | string>): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex').slice(0, 16)
}
