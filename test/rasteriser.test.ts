/** The agent's picture: what is drawn step by step equals what is drawn from scratch, and no two things look alike. */
import { describe, expect, test } from 'vitest'
import { stream } from '../src/core/random.ts'
import {
  artColour,
  atlasOf,
  createCut,
  createView,
  drawPixels,
  drawSymbolic,
  FRAME_BYTES,
  FRAME_SIDE,
  TILE_PIXELS,
  VIEW,
  VIEW_CELLS,
} from '../src/core/rasteriser.ts'
import { addSprite, createScene, MAX_SPRITES, QUARTERS, type Scene } from '../src/core/scene.ts'
import { findTheme, rgb, THEMES, type Theme } from '../src/core/themes.ts'
import { TILES, tileCode } from '../src/core/tiles.ts'
import { digest, expectGolden } from './golden-values.ts'

const MAP_TILES = [...TILES.keys()].filter(code => !TILES[code]!.sprite)
const SPRITES = [...TILES.keys()].filter(code => TILES[code]!.sprite)
const DUNGEON = findTheme('dungeon') as Theme

/** A map of random tiles, with the camera somewhere on it. */
function randomScene(seed: number, width: number, height: number, tiles = MAP_TILES): Scene {
  const random = stream('scene', seed)
  const scene = createScene()
  scene.width = width
  scene.height = height
  scene.tiles = Uint8Array.from({ length: width * height }, () => random.pick(tiles))
  scene.revision = 0
  scene.cameraX = random.int(width)
  scene.cameraY = random.int(height)
  return scene
}

/**
 * The picture by its definition, with none of the rasteriser's code but the colour of an art letter: a pixel is the
 * mean of 2x2 letters, open ones show the floor (of a tile) or what is drawn already (of a sprite).
 */
function pictureByDefinition(scene: Scene, theme: Theme): Uint8Array {
  const frame = new Uint8Array(FRAME_BYTES)
  const lay = (code: number, x: number, y: number, below: (pixel: number, k: number) => number) => {
    for (let pixel = 0; pixel < TILE_PIXELS * TILE_PIXELS; pixel++) {
      const px = x + (pixel % TILE_PIXELS)
      const py = y + Math.floor(pixel / TILE_PIXELS)
      if (px < 0 || py < 0 || px >= FRAME_SIDE || py >= FRAME_SIDE) continue
      for (let k = 0; k < 3; k++) {
        const [sum, open] = artSum(code, pixel, theme, k)
        const at = (py * FRAME_SIDE + px) * 3 + k
        frame[at] = Math.floor((sum + Math.floor(open * below(pixel, k))) / 4)
      }
    }
  }
  const floor = tileCode('floor')
  for (let row = 0; row < VIEW; row++) {
    for (let column = 0; column < VIEW; column++) {
      const x = scene.cameraX - VIEW / 2 + column
      const y = scene.cameraY - VIEW / 2 + row
      const inside = x >= 0 && y >= 0 && x < scene.width && y < scene.height
      const code = inside ? scene.tiles[y * scene.width + x]! : tileCode('void')
      lay(code, column * TILE_PIXELS, row * TILE_PIXELS, (pixel, k) => artSum(floor, pixel, theme, k)[0] / 4)
    }
  }
  for (let i = 0; i < scene.sprites; i++) {
    const x = scene.spriteX[i]! - (scene.cameraX - VIEW / 2) * QUARTERS
    const y = scene.spriteY[i]! - (scene.cameraY - VIEW / 2) * QUARTERS
    const before = frame.slice()
    lay(scene.spriteCode[i]!, x, y, (pixel, k) => {
      const px = x + (pixel % TILE_PIXELS)
      const py = y + Math.floor(pixel / TILE_PIXELS)
      return before[(py * FRAME_SIDE + px) * 3 + k]!
    })
  }
  return frame
}

const artSums = new Map<string, readonly [number, number]>()

/** Sum of one colour over the 2x2 letters of a pixel, and how many of them are open. */
function artSum(code: number, pixel: number, theme: Theme, k: number): readonly [sum: number, open: number] {
  const key = `${theme.name} ${code} ${pixel} ${k}`
  const known = artSums.get(key)
  if (known) return known
  let sum = 0
  let open = 0
  for (let part = 0; part < 4; part++) {
    const y = Math.floor(pixel / TILE_PIXELS) * 2 + (part >> 1)
    const x = (pixel % TILE_PIXELS) * 2 + (part & 1)
    const colour = artColour(theme, TILES[code]!.art[y]![x]!)
    if (colour) sum += colour[k]!
    else open++
  }
  artSums.set(key, [sum, open])
  return [sum, open]
}

function freshPicture(scene: Scene, theme: Theme): Uint8Array {
  const view = createView(new Uint8Array(FRAME_BYTES))
  drawPixels(scene, atlasOf(theme), view)
  return view.pixels
}

function expectSame(actual: Uint8Array, expected: Uint8Array, what: string): void {
  // A frame has 12,288 bytes: comparing buffers is fast, and the first difference says more than a listing.
  if (Buffer.compare(actual, expected) === 0) return
  const at = actual.findIndex((byte, i) => byte !== expected[i])
  const pixel = Math.floor(at / 3)
  expect.fail(
    `${what}: pixel x ${pixel % FRAME_SIDE}, y ${Math.floor(pixel / FRAME_SIDE)} is ${actual[at]}, expected ${expected[at]}`,
  )
}

describe('drawing from scratch', () => {
  test('equals the definition, in every theme, at every edge of the map', () => {
    THEMES.forEach((theme, i) => {
      for (const [width, height] of [
        [3, 3],
        [9, 13],
        [16, 16],
        [64, 40],
      ] as const) {
        const scene = randomScene(i, width, height)
        for (const code of SPRITES)
          addSprite(scene, code, scene.cameraX * 4 + code - 10, scene.cameraY * 4 + 3 - code)
        expectSame(
          freshPicture(scene, theme),
          pictureByDefinition(scene, theme),
          `${theme.name} ${width}x${height}`,
        )
      }
    })
  })

  test('draws a sprite at every quarter offset, clipped at all four edges and corners', () => {
    const scene = randomScene(1, 40, 40)
    scene.cameraX = 20
    scene.cameraY = 20
    const first = (20 - VIEW / 2) * QUARTERS
    for (const y of [-5, -4, -3, -2, -1, 0, 1, 2, 3, 30, 60, 61, 62, 63, 64, 70]) {
      for (const x of [-5, -4, -3, -2, -1, 0, 1, 2, 3, 33, 60, 61, 62, 63, 64, 70]) {
        scene.sprites = 0
        addSprite(scene, tileCode('player-key-a'), first + x, first + y)
        expectSame(freshPicture(scene, DUNGEON), pictureByDefinition(scene, DUNGEON), `sprite at ${x}, ${y}`)
      }
    }
  })

  test('draws sprites over sprites in order', () => {
    const scene = randomScene(2, 20, 20)
    for (const [i, code] of [...SPRITES, ...SPRITES].entries())
      addSprite(scene, code, scene.cameraX * 4 + (i >> 1), scene.cameraY * 4 + (i & 1))
    expectSame(freshPicture(scene, DUNGEON), pictureByDefinition(scene, DUNGEON), 'a heap of sprites')
  })
})

describe('drawing what changed', () => {
  test.each([
    ['a small map', 9, 9],
    ['a map wider than the view', 40, 11],
    ['the largest map', 64, 64],
  ])('equals drawing from scratch on a random walk over %s', (_, width, height) => {
    const random = stream('walk', width, height)
    const scene = randomScene(3, width, height)
    const view = createView(new Uint8Array(FRAME_BYTES))
    const symbols = new Uint8Array(VIEW_CELLS)
    const memory = createCut()
    let theme = DUNGEON
    for (let step = 0; step < 2000; step++) {
      const chance = random.int(100)
      if (chance < 60) {
        // The walk of a player: one tile, often none.
        const [dx, dy] = random.pick([
          [0, 0],
          [1, 0],
          [-1, 0],
          [0, 1],
          [0, -1],
        ])
        scene.cameraX = Math.min(width - 1, Math.max(0, scene.cameraX + dx!))
        scene.cameraY = Math.min(height - 1, Math.max(0, scene.cameraY + dy!))
      } else if (chance < 65) {
        scene.cameraX = random.int(width)
        scene.cameraY = random.int(height)
      } else if (chance < 80) {
        scene.tiles[random.int(scene.tiles.length)] = random.pick(MAP_TILES)
        scene.revision = chance < 70 ? -1 : step
      } else if (chance < 83) {
        theme = random.pick(THEMES)
      } else if (chance < 85) {
        scene.tiles = scene.tiles.map(() => random.pick(MAP_TILES))
      }
      scene.sprites = 0
      for (let i = random.int(4); i > 0; i--) {
        const aligned = random.int(2) ? QUARTERS : 1
        const place = (camera: number) => (camera * QUARTERS + random.int(80) - 40) & -aligned
        addSprite(scene, random.pick(SPRITES), place(scene.cameraX), place(scene.cameraY))
      }
      drawPixels(scene, atlasOf(theme), view)
      expectSame(view.pixels, freshPicture(scene, theme), `step ${step}`)
      drawSymbolic(scene, symbols, memory)
      const fresh = new Uint8Array(VIEW_CELLS)
      drawSymbolic(scene, fresh)
      expect(Buffer.compare(symbols, fresh), `symbols of step ${step}`).toBe(0)
    }
  })

  test('draws only into its own part of a shared array', () => {
    const all = new Uint8Array(FRAME_BYTES * 3).fill(7)
    drawPixels(randomScene(4, 9, 9), atlasOf(DUNGEON), createView(all, FRAME_BYTES))
    expect(all.subarray(0, FRAME_BYTES).every(byte => byte === 7)).toBe(true)
    expect(all.subarray(2 * FRAME_BYTES).every(byte => byte === 7)).toBe(true)
  })

  test('keeps the tiles that it promises: a map whose tiles changed under the same revision is not looked at', () => {
    const scene = randomScene(5, 9, 9)
    scene.tiles.fill(tileCode('floor'))
    const view = createView(new Uint8Array(FRAME_BYTES))
    drawPixels(scene, atlasOf(DUNGEON), view)
    const before = view.pixels.slice()
    scene.tiles.fill(tileCode('wall'))
    drawPixels(scene, atlasOf(DUNGEON), view)
    expectSame(view.pixels, before, 'same revision')
    scene.revision++
    drawPixels(scene, atlasOf(DUNGEON), view)
    expectSame(view.pixels, freshPicture(scene, DUNGEON), 'next revision')
  })
})

test('a scene holds 64 sprites and says so when it is full', () => {
  const scene = createScene()
  for (let i = 0; i < MAX_SPRITES; i++) expect(addSprite(scene, SPRITES[0]!, i, i)).toBe(true)
  expect(addSprite(scene, SPRITES[0]!, 0, 0)).toBe(false)
  expect(scene.sprites).toBe(64)
})

test('the symbolic view puts a sprite on the cell that holds its centre', () => {
  const scene = createScene()
  Object.assign(scene, {
    width: 3,
    height: 3,
    tiles: new Uint8Array(9).fill(tileCode('floor')),
    cameraX: 1,
    cameraY: 1,
  })
  const player = tileCode('player')
  const cellOf = (x: number, y: number) => {
    scene.sprites = 0
    addSprite(scene, player, x, y)
    const view = new Uint8Array(VIEW_CELLS)
    drawSymbolic(scene, view)
    return [view.indexOf(player) % VIEW, Math.floor(view.indexOf(player) / VIEW)]
  }
  expect(cellOf(4, 4)).toEqual([8, 8])
  expect(cellOf(5, 4)).toEqual([8, 8])
  expect(cellOf(6, 3)).toEqual([9, 8])
  expect(cellOf(4, 1)).toEqual([8, 7])
})

describe('the art', () => {
  test('is 8 rows of 8 known letters; a map tile that nothing shines through has no open letter', () => {
    for (const tile of TILES) {
      expect(tile.art, tile.name).toHaveLength(8)
      for (const row of tile.art) expect(row, tile.name).toMatch(/^[.VFWPABCGKLvfwpabcgkl]{8}$/)
    }
    for (const name of ['void', 'floor', 'wall'])
      expect(TILES[tileCode(name)]!.art.join('')).not.toContain('.')
  })

  test('names and codes are unique, and codes fit the byte of a cell', () => {
    expect(new Set(TILES.map(tile => tile.name)).size).toBe(TILES.length)
    expect(TILES.length).toBeLessThan(255)
    expect(() => tileCode('ghost')).toThrow("no tile is named 'ghost'")
  })

  // Root mean square over the 16 pixels of the distance in RGB; 441 is black against white. Two tiles that differ in
  // a quarter of their pixels by half of that are 110 apart; below some 60 the eye begins to search.
  const LEAST_DISTANCE = 60
  test(`any two tiles are at least ${LEAST_DISTANCE} apart in the agent's 4x4 pixels, in every theme`, () => {
    for (const theme of THEMES) {
      const bytes = new Uint8Array(atlasOf(theme).words.buffer)
      const close: string[] = []
      for (let a = 0; a < TILES.length; a++) {
        for (let b = 0; b < a; b++) {
          let sum = 0
          for (let i = 0; i < 48; i++) sum += (bytes[a * 48 + i]! - bytes[b * 48 + i]!) ** 2
          const distance = Math.sqrt(sum / 16)
          if (distance < LEAST_DISTANCE)
            close.push(`${theme.name}: ${TILES[b]!.name} and ${TILES[a]!.name} ${distance.toFixed(0)}`)
        }
      }
      expect(close).toEqual([])
    }
  })

  test('keeps the colour families over all themes: a is warm, b green, c blue to violet', () => {
    for (const theme of THEMES) {
      const [a, b, c] = (['a', 'b', 'c'] as const).map(role => rgb(theme, role))
      expect(a![0], `${theme.name} a`).toBeGreaterThan(Math.max(a![1], a![2]))
      expect(b![1], `${theme.name} b`).toBeGreaterThan(Math.max(b![0], b![2]))
      expect(c![2], `${theme.name} c`).toBeGreaterThan(Math.max(c![0], c![1]))
    }
  })
})

test('frames are what they were: an encoder has been trained on them', () => {
  // The catalogue as it was when the shipped agent's encoder was trained; later tiles are appended.
  const isFirst = (code: number) => code < 20
  const sprites = SPRITES.filter(isFirst)
  const values: Record<string, string> = {}
  for (const theme of THEMES) {
    const frames: Uint8Array[] = []
    for (let seed = 0; seed < 8; seed++) {
      const scene = randomScene(seed, 9 + seed, 13, MAP_TILES.filter(isFirst))
      addSprite(scene, sprites[seed % sprites.length]!, scene.cameraX * 4, scene.cameraY * 4)
      addSprite(scene, sprites[(seed + 1) % sprites.length]!, scene.cameraX * 4 + 9, scene.cameraY * 4 - 6)
      frames.push(freshPicture(scene, theme))
    }
    values[theme.name] = digest(frames)
  }
  expectGolden('frames', values, 'the pictures changed: pretrain the encoder anew, then UPDATE_GOLDEN=1')
})

test('each tile looks as it did', () => {
  const atlases = THEMES.map(atlasOf)
  const words = 12
  const values = TILES.map(({ name }, code) => {
    const art = atlases.map(
      atlas => new Uint8Array(atlas.words.slice(code * words, (code + 1) * words).buffer),
    )
    return [name, digest(art)] as const
  })
  expectGolden(
    'tiles',
    Object.fromEntries(values),
    'a tile changed: pretrain what has seen it, then UPDATE_GOLDEN=1',
  )
})
