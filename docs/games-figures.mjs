/**
 * Makes what docs/games.md shows: docs/images/GAME.png, and on stdout the table of returns.
 *
 *     node docs/games-figures.mjs            every game
 *     node docs/games-figures.mjs digger     only those that are named
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { register } from 'tsx/esm/api'

register()
const { drawLevel } = await import('../envs/draw-level.ts')
const { findGame, GAMES } = await import('../envs/registry.ts')
const { episodeStream, randomReturn } = await import('../envs/solver.ts')
const { parseLevel } = await import('../levels/text.ts')
const { enlarged, encodePng, pictureOfMap, pictureOfView, sideBySide } = await import('../src/app/picture.ts')
const { stream } = await import('../src/core/random.ts')
const { createScene } = await import('../src/core/scene.ts')
const { findTheme } = await import('../src/core/themes.ts')

/** The level of each game's picture. */
const PICTURED = {
  gems: 'gems/orchard',
  keys: 'keys/two-locks',
  maze: 'maze/hedge-garden',
  sokoban: 'sokoban/storeroom',
  chaser: 'chaser/roundabout',
  crossing: 'crossing/the-rapids',
  digger: 'digger/landslide',
  platformer: 'platformer/the-ferryman',
  lander: 'lander/everything-falls-up',
}
const LEVELS = 200

mkdirSync(new URL('images/', import.meta.url), { recursive: true })
console.log('| game | random | solver | solver steps | time limit |')
console.log('| --- | ---: | ---: | ---: | ---: |')
const named = process.argv.slice(2)
for (const game of named.length ? named.map(findGame) : GAMES) {
  draw(game)
  console.log(measure(game))
}

function draw(game) {
  const file = `levels/packs/${PICTURED[game.id]}.txt`
  const level = parseLevel(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'), file)
  const scene = createScene()
  game.paint(game.start(level, episodeStream(level)), scene)
  const theme = findTheme(level.theme)
  const picture = sideBySide(
    [enlarged(pictureOfMap(scene, theme), 4), enlarged(pictureOfView(scene, theme), 5)],
    16,
  )
  writeFileSync(new URL(`images/${game.id}.png`, import.meta.url), encodePng(picture))
}

/** Means over test levels that are drawn as in training. */
function measure(game) {
  const drawn = Array.from({ length: LEVELS }, (_, i) => drawLevel({ game: game.id }, 'test', `figures/${i}`))
  const mean = values => (values.reduce((sum, value) => sum + value, 0) / values.length).toFixed(2)
  const random = mean(drawn.map(({ level, hash }) => randomReturn(game, level, stream('figures', hash))))
  const solver = mean(drawn.map(({ solution }) => solution.bestReturn))
  const steps = mean(drawn.map(({ solution }) => solution.actions.length))
  const limit = mean(drawn.map(({ level }) => game.horizon(level)))
  return `| ${game.id} | ${random} | ${solver} | ${steps} | ${limit} |`
}
