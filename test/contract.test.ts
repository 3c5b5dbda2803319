/**
 * The contract of a game, checked for every game of the registry: a new game is tested by being registered. What a
 * test needs of a game it takes from the registry, so nothing here names one.
 */
import { beforeAll, describe, expect, test } from 'vitest'
import { drawLevel } from '../envs/draw-level.ts'
import { ACTION_COUNT, ACTIONS, type GameState } from '../envs/game.ts'
import { GAMES } from '../envs/registry.ts'
import { episodeStream, randomReturn, solve } from '../envs/solver.ts'
import { STRAIGHT_CONTROLS } from '../levels/controls.ts'
import { DIFFICULTIES, type Level, problemsOf, SPLITS } from '../levels/level.ts'
import { LEVEL_KINDS, levelKind } from '../levels/registry.ts'
import { UserError } from '../src/core/errors.ts'
import { stream } from '../src/core/random.ts'
import { atlasOf, createView, drawPixels, FRAME_BYTES } from '../src/core/rasteriser.ts'
import { createScene } from '../src/core/scene.ts'
import { THEMES } from '../src/core/themes.ts'
import { TILES } from '../src/core/tiles.ts'
import { future, randomActions, sampleLevels, seen } from './contract-play.ts'
import { digest, expectVersionedGolden } from './golden-values.ts'

describe('the registry', () => {
  test('has one level kind for each game, by the same name, and names are unique', () => {
    expect(LEVEL_KINDS.map(kind => kind.game)).toEqual(GAMES.map(game => game.id))
    expect(new Set(GAMES.map(game => game.id)).size).toBe(GAMES.length)
  })
})

describe.each(GAMES.map(game => ({ id: game.id, game })))('$id', ({ game }) => {
  const kind = levelKind(game.id)
  // Drawn only where a test of this game runs.
  let levels: Level[]
  beforeAll(() => {
    levels = sampleLevels(game, 3)
  })
  const start = (level: Level) => game.start(level, episodeStream(level))

  describe('levels', () => {
    test('names, versions, the legend and the defaults are sound', () => {
      expect(game.id).toMatch(/^[a-z][a-z0-9-]*$/)
      expect(Number.isInteger(game.version) && game.version >= 1).toBe(true)
      expect(Number.isInteger(kind.version) && kind.version >= 1).toBe(true)
      const entries = Object.entries(kind.legend)
      expect(entries.some(([, { player }]) => player)).toBe(true)
      const names = (sprites: boolean) => TILES.filter(t => t.sprite === sprites).map(t => t.name)
      for (const [character, { tile, thing, player, means }] of entries) {
        expect(character).toMatch(/^[\x21-\x7e]$/)
        expect(means).not.toBe('')
        expect(names(false)).toContain(tile)
        if (thing !== undefined) expect(names(true)).toContain(thing)
        expect(thing !== undefined && player).not.toBe(true)
      }
      // What other programs stack tells the entries apart.
      const stacks = entries.map(([, { tile, thing, player, stack }]) =>
        (stack ?? [tile, ...(thing ? [thing] : []), ...(player ? ['player'] : [])]).join(),
      )
      expect(new Set(stacks).size).toBe(entries.length)
      expect(kind.looks.length).toBeGreaterThanOrEqual(1)
      for (const look of kind.looks) expect(names(true)).toContain(look)
      expect(kind.rules.safeParse(kind.defaultRules).success).toBe(true)
      for (const rule of kind.defaults.vary) expect(kind.defaultRules).toHaveProperty(rule)
    })

    test('at least three families, one of them held out, and none such in the training defaults', () => {
      expect(kind.families.length).toBeGreaterThanOrEqual(3)
      const heldOut = kind.families.filter(family => family.heldOut).map(family => family.name)
      expect(heldOut.length).toBeGreaterThanOrEqual(1)
      expect(kind.defaults.families.length).toBeGreaterThanOrEqual(1)
      for (const family of kind.defaults.families) {
        expect(kind.families.map(f => f.name)).toContain(family)
        expect(heldOut).not.toContain(family)
      }
    })

    test.each(kind.families)(
      'the family $name gives proved levels of every split, at its smallest size too',
      family => {
        for (const split of SPLITS) {
          for (const side of [family.smallest, Math.max(family.smallest, kind.defaults.size[0])]) {
            const request = { game: game.id, families: [family.name], size: [side, side] as const }
            const drawn = drawLevel(request, split, `contract/${side}`)
            expect(drawn.split).toBe(split)
            expect(drawn.solution.solved).toBe(true)
            expect(problemsOf(drawn.level, kind)).toEqual([])
            expect(drawn.level.map).toHaveLength(side)
            expect(drawn.level.provenance).toMatchObject({ source: 'generated', family: family.name })
          }
        }
      },
    )

    test('the generator draws the hidden rules that it is told to vary, and no others', () => {
      const rules = Object.keys(kind.defaultRules)
      const drawn = (vary: readonly string[]) =>
        Array.from(
          { length: 40 },
          (_, i) => kind.generate(stream('vary', i), { ...kind.defaults, vary }).rules,
        )
      for (const values of drawn([])) expect(values).toEqual(kind.defaultRules)
      for (const rule of rules) {
        const values = drawn([rule])
        expect(new Set(values.map(value => JSON.stringify(value[rule]))).size, rule).toBeGreaterThan(1)
        for (const other of rules)
          if (other !== rule)
            for (const value of values) expect(value[other]).toEqual(kind.defaultRules[other])
      }
    })

    test('other hidden rules are told in other words', () => {
      const vary = Object.keys(kind.defaultRules)
      const told = new Map<string, string>()
      for (let i = 0; i < 300; i++) {
        const heldOutRules = i % 2 === 0
        const { rules } = kind.generate(stream('told', i), { ...kind.defaults, vary, heldOutRules })
        const words = kind.tellRules(rules).join(' ')
        expect(words).toMatch(/^([A-Z][^.]*\. ?)+$/)
        const known = told.get(words)
        if (known === undefined) told.set(words, JSON.stringify(rules))
        else expect(JSON.stringify(rules)).toBe(known)
      }
      expect(told.size).toBeGreaterThan(1)
    })

    test('training never draws the held-out rules, and nothing else is drawn where they are asked for', () => {
      const vary = Object.keys(kind.defaultRules)
      const drawn = (heldOutRules: boolean) =>
        Array.from(
          { length: 300 },
          (_, i) => kind.generate(stream('held out', i), { ...kind.defaults, vary, heldOutRules }).rules,
        )
      for (const rules of drawn(false)) expect(kind.isHeldOut(rules)).toBe(false)
      for (const rules of drawn(true)) {
        expect(kind.rules.safeParse(rules).success).toBe(true)
        expect(kind.isHeldOut(rules)).toBe(true)
      }
      expect(kind.isHeldOut(kind.defaultRules)).toBe(false)
      for (const { name, smallest } of kind.families) {
        const request = { game: game.id, families: [name], size: [smallest + 2, smallest + 2] as const, vary }
        const level = drawLevel({ ...request, heldOutRules: true }, 'test', 'held out').level
        expect(kind.isHeldOut(level.rules)).toBe(true)
        expect(() => drawLevel({ ...request, heldOutRules: true }, 'train', 'held out')).toThrow(UserError)
      }
    })

    test('every difficulty gives proved levels of every family, and the default is 2', () => {
      expect(kind.defaults.difficulty).toBe(2)
      for (const { name, smallest } of kind.families) {
        for (const difficulty of DIFFICULTIES) {
          const size = [smallest + 2, smallest + 2] as const
          const drawn = drawLevel({ game: game.id, families: [name], size, difficulty }, 'test', 'difficulty')
          expect(drawn.solution.solved).toBe(true)
        }
      }
    })

    test('the controls are a hidden rule of every game, so that moves mean the same in all', () => {
      expect(kind.defaultRules['controls']).toEqual(STRAIGHT_CONTROLS)
    })

    test('the generator is a function of its stream', () => {
      const once = () => kind.generate(stream('again'), kind.defaults)
      expect(once()).toEqual(once())
    })
  })

  describe('play', () => {
    test('is the same for the same level, stream and actions', () => {
      for (const [i, level] of levels.entries()) {
        const actions = randomActions(`play ${i}`, 100)
        const [one, two] = [start(level), start(level)]
        expect(one).toEqual(two)
        expect(future(game, one, actions)).toEqual(future(game, two, actions))
      }
    })

    test('a state is plain data', () => {
      for (const level of levels) expect(structuredClone(start(level))).toEqual(start(level))
    })

    test('a clone and its original go their own ways', () => {
      for (const [i, level] of levels.entries()) {
        const actions = randomActions(`clone ${i}`, 60)
        const state = start(level)
        for (const action of actions) {
          if (state.terminated) break
          const clone = game.clone(state)
          const before = seen(game, state)
          const key = game.key(state)
          const expected = future(game, state, actions)
          // The clone plays first: the original must not notice. Then the original: the clone must not.
          const other = game.clone(clone)
          for (const a of actions) if (!clone.terminated) game.step(clone, a)
          expect(seen(game, state)).toBe(before)
          expect(game.key(state)).toBe(key)
          game.step(state, action)
          expect(seen(game, other)).toBe(before)
          expect(future(game, other, actions)).toEqual(expected)
        }
      }
    })

    test('rewards are whole numbers, every action is legal at any time, and to win is to end', () => {
      expect(ACTIONS[0]).toBe('noop')
      for (const [i, level] of levels.entries()) {
        const state = start(level)
        expect(state.terminated).toBe(false)
        for (const action of randomActions(`legal ${i}`, 200)) {
          if (state.terminated) break
          for (let each = 0; each < ACTION_COUNT; each++) {
            const tried = game.clone(state)
            expect(Number.isInteger(game.step(tried, each))).toBe(true)
            if (tried.won) expect(tried.terminated).toBe(true)
          }
          game.step(state, action)
        }
      }
    })

    test('an ended state stays ended: its clone, key and picture work, and it promises no more', () => {
      for (const level of levels) {
        const state = start(level)
        for (const action of solve(game, level).actions) game.step(state, action)
        expect(state).toMatchObject({ terminated: true, won: true })
        const clone = game.clone(state)
        expect(clone).toMatchObject({ terminated: true, won: true })
        expect(game.key(clone)).toBe(game.key(state))
        expect(seen(game, clone)).toBe(seen(game, state))
        expect(game.bound(state)).toBeGreaterThanOrEqual(0)
      }
    })
  })

  test('two states have equal keys exactly when their futures are equal', () => {
    for (const [i, level] of levels.entries()) {
      const byKey = new Map<number | string, GameState>()
      const probes = Array.from({ length: 4 }, (_, p) => randomActions(`probe ${i} ${p}`, 40))
      let met = 0
      for (let walk = 0; walk < 6; walk++) {
        const state = start(level)
        for (const action of randomActions(`walk ${i} ${walk}`, game.horizon(level))) {
          if (state.terminated) break
          game.step(state, action)
          const known = byKey.get(game.key(state))
          if (!known) byKey.set(game.key(state), game.clone(state))
          else {
            met++
            for (const probe of probes.slice(0, 1))
              expect(future(game, state, probe)).toEqual(future(game, known, probe))
          }
        }
      }
      expect(met).toBeGreaterThan(0)
      // Different keys: something to be seen differs, or some future does.
      const states = [...byKey.values()]
      const random = stream('pairs', i)
      for (let pair = 0; pair < 40; pair++) {
        const [a, b] = [random.pick(states), random.pick(states)]
        if (game.key(a) === game.key(b)) continue
        const differ = seen(game, a) !== seen(game, b) || a.terminated !== b.terminated
        const tell = () => probes.some(probe => `${future(game, a, probe)}` !== `${future(game, b, probe)}`)
        expect(differ || tell()).toBe(true)
      }
    }
  })

  describe('the solver', () => {
    test('replays to its return within the time limit, and wins', () => {
      for (const level of levels) {
        const solution = solve(game, level)
        const horizon = game.horizon(level)
        expect(Number.isInteger(horizon)).toBe(true)
        expect(solution.actions.length).toBeLessThanOrEqual(horizon)
        const state = start(level)
        let total = 0
        for (const action of solution.actions) {
          expect(state.terminated).toBe(false)
          total += game.step(state, action)
        }
        expect(total).toBe(solution.bestReturn)
        expect(state.won).toBe(true)
      }
    })

    test('the bound is never below what is still to come: on the best way, and on random ones', () => {
      for (const [i, level] of levels.entries()) {
        const ways = [solve(game, level).actions]
        for (let walk = 0; walk < 20; walk++)
          ways.push(randomActions(`bound ${i} ${walk}`, game.horizon(level)))
        for (const way of ways) {
          const state = start(level)
          const bounds: number[] = []
          const rewards: number[] = []
          for (const action of way) {
            if (state.terminated) break
            bounds.push(game.bound(state))
            rewards.push(game.step(state, action))
          }
          let toCome = 0
          for (let t = rewards.length - 1; t >= 0; t--) {
            // From any state the game may also be left alone, so no bound is below nothing.
            toCome = Math.max(0, toCome + rewards[t]!)
            expect(bounds[t]).toBeGreaterThanOrEqual(toCome)
          }
        }
      }
    })

    test('beats a random player by far', () => {
      const gap = levels.map(level => {
        const random = randomReturn(game, level, stream('random', level.map[0]!), 32)
        return solve(game, level).bestReturn - random
      })
      for (const value of gap) expect(value).toBeGreaterThanOrEqual(0)
      expect(gap.reduce((sum, value) => sum + value, 0) / gap.length).toBeGreaterThan(1)
    })
  })

  describe('the picture', () => {
    test('shows no hidden rule: levels that differ in those alone begin with the same picture', () => {
      const vary = Object.keys(kind.defaultRules)
      for (const level of levels) {
        const pictures = new Set<string>()
        const rules = new Set<string>()
        for (let i = 0; i < 20; i++) {
          const other = {
            ...level,
            rules: kind.generate(stream('hidden', i), { ...kind.defaults, vary }).rules,
          }
          if (problemsOf(other, kind).length) continue
          rules.add(JSON.stringify(other.rules))
          pictures.add(seen(game, start(other)))
        }
        expect(rules.size).toBeGreaterThan(1)
        expect(pictures.size).toBe(1)
      }
    })

    test('is sound, and what is drawn step by step equals what is drawn from scratch', () => {
      const scene = createScene()
      const view = createView(new Uint8Array(FRAME_BYTES))
      const atlas = atlasOf(THEMES[0]!)
      for (const [i, level] of levels.entries()) {
        const state = start(level)
        const before = structuredClone(state)
        game.paint(state, scene)
        expect(state).toEqual(before)
        for (const action of randomActions(`paint ${i}`, 100)) {
          game.paint(state, scene)
          expect(scene.tiles).toHaveLength(scene.width * scene.height)
          expect(Math.max(...scene.tiles)).toBeLessThan(TILES.length)
          for (let s = 0; s < scene.sprites; s++) expect(TILES[scene.spriteCode[s]!]!.sprite).toBe(true)
          expect(scene.cameraX >= 0 && scene.cameraX < scene.width).toBe(true)
          expect(scene.cameraY >= 0 && scene.cameraY < scene.height).toBe(true)
          drawPixels(scene, atlas, view)
          const fresh = createView(new Uint8Array(FRAME_BYTES))
          drawPixels(scene, atlas, fresh)
          expect(Buffer.compare(view.pixels, fresh.pixels)).toBe(0)
          if (state.terminated) break
          game.step(state, action)
        }
      }
    })
  })

  test('behaves as its version always did', () => {
    // Symbols, not pixels: new art is no new behaviour.
    const rollouts = levels.flatMap((level, i) =>
      future(game, start(level), randomActions(`golden ${i}`, 200)),
    )
    const solved = levels.map(level => `${game.horizon(level)} ${solve(game, level).bestReturn}`)
    const drafts = Array.from({ length: 20 }, (_, i) =>
      JSON.stringify(
        kind.generate(stream('golden', i), {
          ...kind.defaults,
          vary: Object.keys(kind.defaultRules),
          families: kind.families.filter(f => f.smallest <= kind.defaults.size[0]).map(f => f.name),
        }),
      ),
    )
    expectVersionedGolden(
      'rollouts',
      {
        [`game ${game.id}@${game.version}`]: digest([...rollouts, ...solved]),
        [`levels ${game.id}@${kind.version}`]: digest(drafts),
      },
      `${game.id} behaves differently: bump its version (envs/${game.id}.ts) or its generator's (levels/${game.id}.ts), then UPDATE_GOLDEN=1`,
    )
  })
})
