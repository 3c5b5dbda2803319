/**
 * The catalogue of everything that can be drawn: tiles of the map and sprites that stand or move on it, each
 * as 8x8 text pixel art in palette roles. People see the art at full size; the agent's 4x4-pixel tile is its
 * 2x2 box average, so both look at the same drawing.
 *
 * Art letters: upper case is the role's colour, lower case a darker shade, '.' shows what lies below (for a
 * tile: the floor). V void, F floor, W wall, P player, A B C the three colours, G gold, K ink, L light.
 */

export interface Tile {
  readonly name: string
  /** Drawn over the map at quarter-tile positions instead of being part of it. */
  readonly sprite: boolean
  /** Blocks walking, as far as the picture tells: the shortest path of the encoder's supervision goes around it. */
  readonly solid: boolean
  /** Worth walking to: the encoder's free supervision asks for its direction and distance. */
  readonly target: boolean
  /** Costs or kills whoever walks in: the supervision asks for it as well, and its shortest paths go around it. */
  readonly hazard: boolean
  /** 8 rows of 8 letters. */
  readonly art: readonly string[]
}

const plain = { sprite: false, solid: false, target: false, hazard: false }
const solid = { ...plain, solid: true }
const target = { ...plain, target: true }
const door = { ...target, solid: true }
const hazard = { ...plain, hazard: true }
const sprite = { ...plain, sprite: true }
const creature = { ...sprite, target: true }

/** The same art in another of the three colours. */
function recolour(art: string, to: 'A' | 'B' | 'C'): string[] {
  return rows(art.replaceAll('A', to).replaceAll('a', to.toLowerCase()))
}

function rows(art: string): string[] {
  return art.trim().split(/\s+/)
}

const KEY = '.AAAA... AA..AA.. AA..AAAA AA..AAAA AA..AA.A .AAAA..A ........ ........'
const DOOR = 'aaaaaaaa aAAAAAAa aAKKKKAa aAKKKKAa aAAKKAAa aAAKKAAa aAAKKAAa aAAAAAAa'
const EXIT = '.aAAAAa. aAALLAAa AALLLLAA AALLLLAA AALLLLAA AALLLLAA AALLLLAA aaLLLLaa'
const PLAYER = '..PPPP.. .PPPPPP. PPLKPLKP PPLKPLKP PPPPPPPP PPPPPPPP .pPPPPp. ..p..p..'
const CREATURE = 'A.AAAA.A AAAAAAAA ALLAALLA ALLAALLA AAAAAAAA KKAAAAKK K.AAAA.K A.A..A.A'
const BOX = 'KKGGGGKK KLGGGGLK GGLGGLGG GGGLLGGG GGGLLGGG GGLGGLGG KLGGGGLK KKGGGGKK'
const CARRYING = '..PPPP.. .PPPPPP. PPLKPLKP PPLKPLKP AAAAAAAA AAAAAAAA .aAAAAa. ..p..p..'

/** Every tile and sprite; the index is its code. Codes are part of golden values: append, never reorder. */
export const TILES: readonly Tile[] = [
  { name: 'void', ...solid, art: Array<string>(8).fill('VVVVVVVV') },
  {
    name: 'floor',
    ...plain,
    art: rows('FFFFFFFF FFFFFFFF FFFFfFFF FFFFFFFF FFFFFFFF FfFFFFFF FFFFFFFF FFFFFFFF'),
  },
  {
    name: 'wall',
    ...solid,
    art: rows('WWWWWWWw WWWWWWWw WWWWWWWw wwwwwwww WWWwWWWW WWWwWWWW WWWwWWWW wwwwwwww'),
  },
  {
    name: 'gem-a',
    ...target,
    art: rows('...AA... ..ALAA.. .ALAAAA. ALAAAAAA aAAAAAAa .aAAAAa. ..aAAa.. ...aa...'),
  },
  {
    name: 'gem-b',
    ...target,
    art: rows('..BBBB.. .BLLBBB. BLBBBBBB BLBBBBBB BBBBBBBb BBBBBBBb .BBBBbb. ..bbbb..'),
  },
  {
    name: 'gem-c',
    ...target,
    art: rows('........ CCCCCCCC CLLCCCCC CLCCCCCc CCCCCCCc CCCCCCcc cccccccc ........'),
  },
  { name: 'key-a', ...target, art: recolour(KEY, 'A') },
  { name: 'key-b', ...target, art: recolour(KEY, 'B') },
  { name: 'key-c', ...target, art: recolour(KEY, 'C') },
  { name: 'door-a', ...door, art: recolour(DOOR, 'A') },
  { name: 'door-b', ...door, art: recolour(DOOR, 'B') },
  { name: 'door-c', ...door, art: recolour(DOOR, 'C') },
  { name: 'exit-a', ...target, art: recolour(EXIT, 'A') },
  { name: 'exit-b', ...target, art: recolour(EXIT, 'B') },
  { name: 'exit-c', ...target, art: recolour(EXIT, 'C') },
  {
    name: 'chest',
    ...target,
    art: rows('........ .GGGGGG. GGGGGGGG gKKKKKKg GGGLLGGG GGGLLGGG GGGGGGGG gggggggg'),
  },
  { name: 'player', ...sprite, art: rows(PLAYER) },
  { name: 'player-key-a', ...sprite, art: recolour(CARRYING, 'A') },
  { name: 'player-key-b', ...sprite, art: recolour(CARRYING, 'B') },
  { name: 'player-key-c', ...sprite, art: recolour(CARRYING, 'C') },
  {
    name: 'goal',
    ...target,
    art: rows('AAA..AAA AAA..AAA AA....AA ..GGGG.. ..GGGG.. AA....AA AAA..AAA AAA..AAA'),
  },
  { name: 'box', ...door, art: rows(BOX) },
  { name: 'box-on-goal', ...door, art: rows(BOX.replaceAll('K', 'L').replaceAll('G', 'B')) },
  {
    name: 'dot',
    ...target,
    art: rows('........ ..KKKK.. .KGGGGK. .KGLLGK. .KGLLGK. .KGGGGK. ..KKKK.. ........'),
  },
  { name: 'creature-a', ...creature, art: recolour(CREATURE, 'A') },
  { name: 'creature-b', ...creature, art: recolour(CREATURE, 'B') },
  { name: 'creature-c', ...creature, art: recolour(CREATURE, 'C') },
  {
    name: 'lava',
    ...hazard,
    art: rows('AAGGGGAA AAGGGGAA GGAAAAGG GGAAAAGG AAAAGGAA AAAAGGAA GGAAAAAA GGGGAAAA'),
  },
  {
    name: 'ice',
    ...plain,
    art: rows('LLLLCCLL LLLLCCLL LLCCLLLL LLCCLLLL LLLLLLCC LLLLLLCC CCLLLLLL CCLLLLLL'),
  },
  {
    name: 'flag',
    ...target,
    art: rows('.KGGGGG. .KGGGGGG .KGGGGGG .KGGGGG. .K...... .K...... .K...... KKKK....'),
  },
  {
    name: 'earth',
    ...plain,
    art: rows('ggGGgggg ggGGgggg ggggggGG ggggggGG GGggKKgg GGggKKgg ggggGGgg ggggGGgg'),
  },
  {
    name: 'boulder',
    ...solid,
    art: rows('..KKKK.. .KLLLWK. KLLLLWWK KLLLWWwK KLLWWWwK KWWWWwwK .KwwwwK. ..KKKK..'),
  },
  {
    name: 'spikes',
    ...hazard,
    art: rows('........ ........ ...L.... ..LL...L .LLL..LL LLLLLLLL WWWWWWWW wwwwwwww'),
  },
  {
    name: 'coin',
    ...target,
    art: rows('..GGGG.. .GLLGGG. GLGGGGGG GLGGGGGg GGGGGGGg GGGGGGgg .GGGGgg. ..gggg..'),
  },
  {
    name: 'platform',
    ...sprite,
    art: rows('GGGGGGGG gggggggg KKKKKKKK ........ ........ ........ ........ ........'),
  },
  {
    name: 'pad',
    ...target,
    art: rows('........ ........ ........ ........ GGGGGGGG LLKKLLKK KKLLKKLL GGGGGGGG'),
  },
  {
    name: 'ship',
    ...sprite,
    art: rows('...PP... ..PLLP.. ..PLLP.. .PPPPPP. .PPPPPP. PPPPPPPP PP.GG.PP P..GG..P'),
  },
]

const CODES: ReadonlyMap<string, number> = new Map(TILES.map((tile, code) => [tile.name, code]))

/** The code of a tile or sprite by name; throws on a name that the catalogue lacks. */
export function tileCode(name: string): number {
  const code = CODES.get(name)
  if (code === undefined) throw new Error(`no tile is named '${name}'; src/core/tiles.ts lists them`)
  return code
}
