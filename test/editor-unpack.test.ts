/** Zip files of levels: what comes out of them, and that no zip makes the page run out of memory. */
import { strToU8, zipSync } from 'fflate'
import { expect, it } from 'vitest'
import { unpacked } from '../src/viewer/levels/unpack.ts'

const fileOf = (name: string, bytes: Uint8Array) => new File([bytes as Uint8Array<ArrayBuffer>], name)

it('puts the files of a zip in its place, without folders, and leaves others as they are', async () => {
  const zip = zipSync({
    'maps/a.tmx': strToU8('map'),
    'maps/tiles/b.tsx': strToU8('tiles'),
    '__MACOSX/a': strToU8(''),
  })
  const files = await unpacked([fileOf('two.zip', zip), fileOf('c.txt', strToU8('level'))])
  expect(files.map(({ name }) => name)).toEqual(['a.tmx', 'b.tsx', 'c.txt'])
  expect(await Promise.all(files.map(file => file.text()))).toEqual(['map', 'tiles', 'level'])
})

it('refuses a bomb by what it says of itself, and inflates no more than that where it lies', async () => {
  const bomb = zipSync({ 'bomb.txt': new Uint8Array(33 * 2 ** 20) }, { level: 9 })
  await expect(unpacked([fileOf('bomb.zip', bomb)])).rejects.toThrow(/^bomb\.zip: more than 32 MiB in all/)
  // The central directory's size of the file, at its offset 24, said to be 8 bytes.
  const at = bomb.findLastIndex(
    (_, i) => bomb[i] === 0x50 && bomb[i + 1] === 0x4b && bomb[i + 2] === 1 && bomb[i + 3] === 2,
  )
  new DataView(bomb.buffer).setUint32(at + 24, 8, true)
  const [file] = await unpacked([fileOf('bomb.zip', bomb)])
  expect(file?.size).toBe(8)
})

it.each([
  ['nothing', new Uint8Array(0)],
  ['text', strToU8('levelshift level 1')],
  ['half a zip', zipSync({ a: strToU8('abc') }).slice(0, 40)],
])('refuses %s as no zip', async (_, bytes) => {
  await expect(unpacked([fileOf('x.zip', bytes)])).rejects.toThrow('x.zip: not a zip file that can be read')
})
