/** Pictures for people and the documentation: sizes, places, and the PNG that comes out. */
import { existsSync, readFileSync } from 'node:fs'
import { decode } from 'fast-png'
import { expect, test } from 'vitest'
import { GAMES } from '../envs/registry.ts'
import {
  encodePng,
  enlarged,
  type Picture,
  pictureOfMap,
  pictureOfView,
  sideBySide,
} from '../src/app/picture.ts'
import { addSprite, createScene } from '../src/core/scene.ts'
import { rgb, THEMES } from '../src/core/themes.ts'
import { tileCode } from '../src/core/tiles.ts'
import { benchEnvs } from './bench/envs.ts'

const THEME = THEMES[0]!

function scene() {
  const made = createScene()
  Object.assign(made, { width: 3, height: 2, tiles: new Uint8Array(6).fill(tileCode('floor')), cameraX: 1 })
  addSprite(made, tileCode('player'), 4, 0)
  return made
}

const at = ({ data, width }: Picture, x: number, y: number) => [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)] // biome-ignore format: one expression

test('the map has 8 pixels a tile, and a sprite stands where its quarters say', () => {
  const map = pictureOfMap(scene(), THEME)
  expect([map.width, map.height]).toEqual([24, 16])
  expect(at(map, 0, 0)).toEqual([...rgb(THEME, 'floor')])
  expect(at(map, 12, 0)).toEqual([...rgb(THEME, 'player')])
  // The art's corner is open: the floor shows.
  expect(at(map, 8, 0)).toEqual([...rgb(THEME, 'floor')])
})

test('a picture survives its PNG; enlarging makes squares; a row of pictures is centred on white', () => {
  const view = pictureOfView(scene(), THEME)
  const png = decode(encodePng(view))
  expect([png.width, png.height, png.channels]).toEqual([64, 64, 3])
  expect(Buffer.compare(png.data as Uint8Array, view.data)).toBe(0)
  const large = enlarged(view, 3)
  for (const [x, y] of [
    [0, 0],
    [32, 32],
    [63, 63],
    [33, 35],
  ] as const)
    expect(at(large, x * 3 + 2, y * 3 + 1)).toEqual(at(view, x, y))
  const row = sideBySide([large, view], 10)
  expect([row.width, row.height]).toEqual([192 + 10 + 64, 192])
  expect(at(row, 195, 0)).toEqual([255, 255, 255])
  expect(at(row, 202, 64)).toEqual(at(view, 0, 0))
})

test.each(GAMES.map(({ id }) => id))('%s has its page and its picture in the documentation', id => {
  const list = readFileSync(new URL('../docs/games.md', import.meta.url), 'utf8')
  expect(list).toContain(`| [${id}](games/${id}.md) |`)
  const page = readFileSync(new URL(`../docs/games/${id}.md`, import.meta.url), 'utf8')
  expect(page.startsWith(`# ${id}\n\n![${id}](../images/${id}.png)\n`)).toBe(true)
  expect(existsSync(new URL(`../docs/images/${id}.png`, import.meta.url))).toBe(true)
})

test('the benchmark of the games gives a figure for each of them', () => {
  const { results } = benchEnvs({ seconds: 0.1 })
  expect(results.map(result => result.scenario)).toEqual(GAMES.map(game => game.id))
  for (const result of results) {
    expect(result.stepsPerSecond).toBeGreaterThan(0)
    expect(result.copyRatio).toBeGreaterThan(0)
    expect(result.symbolicStepsPerSecond).toBeGreaterThan(0)
  }
})
