/**
 * Themes: the palettes that a scene is painted with. A level names its theme; the rules never read it. The
 * encoder is pretrained on the training themes only, and probed on the held-out ones.
 */

/** What a colour is used for; tile art refers to roles, never to colours. */
export const ROLES = ['void', 'floor', 'wall', 'player', 'a', 'b', 'c', 'gold', 'ink', 'light'] as const
export type Role = (typeof ROLES)[number]

export interface Theme {
  readonly name: string
  /** Held-out themes are never used in pretraining or training. */
  readonly heldOut: boolean
  /** Role to '#rrggbb'. */
  readonly colours: Readonly<Record<Role, string>>
}

function theme(name: string, heldOut: boolean, colours: string): Theme {
  const values = colours.split(' ')
  return {
    name,
    heldOut,
    colours: Object.fromEntries(ROLES.map((role, i) => [role, `#${values[i]}`])) as Record<Role, string>,
  }
}

/** Colour families stay apart over all themes: a is warm, b is green to yellow-green, c is blue to violet. */
export const THEMES: readonly Theme[] = [
  //                      void   floor  wall   player a      b      c      gold   ink    light
  theme('dungeon', false, '14121c 3a3546 6f6a80 f2e9dc e0483e 58c04c 4a7de8 f0b93a 1b1822 fff7e6'),
  theme('meadow', false, '20301c 7fa35a 4e6b3a fff6e8 d8433f 1f7a33 3456c8 ffc93c 20281a fdfbe8'),
  theme('desert', false, '3a2a1c d8b988 9a7146 2c2f3a c8362e 3f8f3a 3f52b8 a8720c 33261a fff4d8'),
  theme('ice', false, '0e2030 b8d4e4 6d96b4 3a2b3c e2506a 2fa06a 2a48c0 d89a1e 152836 ffffff'),
  theme('neon', false, '07060f 17142c 3d3768 f7f7ff ff4d6d 3dff8b 4d8bff ffd84d 0a0818 ffffff'),
  theme('paper', false, 'cfc8ba f2ede2 a39c90 33302c d9483b 3f9b46 3b62d0 c9920e 2c2a27 ffffff'),
  theme('rust', false, '1c0f0c 5a3b30 8c6552 f4e2d0 ff6a4a 86c440 6a8cff ffc44a 1f120e fff0e0'),
  theme('slate', false, '101418 2c3740 5b6b78 f0f4f8 e85a4f 5fbf5a 5a8ff0 e8b84a 12181d f8fcff'),
  theme('dusk', true, '170f24 4a3560 7d5f94 fbe8f0 f0566a 6fcf5f 5f7ff5 f6b84c 1a1128 fff2fa'),
  theme('forest', true, '0c1a12 2f4a36 56705a f6f2dc e5533c 8fd24a 4f7fe0 eeb93e 10201a f8fff0'),
  theme('sand', true, '4a3a28 c9ab7c 84684a 23262e d23a3a 37893f 3a4fc4 96660a 2e2418 fff8e2'),
]

const BY_NAME: ReadonlyMap<string, Theme> = new Map(THEMES.map(t => [t.name, t]))

/** The theme with this name, or undefined. */
export function findTheme(name: string): Theme | undefined {
  return BY_NAME.get(name)
}

/** Red, green and blue of a role, 0 to 255 each. */
export function rgb(theme: Theme, role: Role): readonly [number, number, number] {
  const value = Number.parseInt(theme.colours[role].slice(1), 16)
  return [value >> 16, (value >> 8) & 255, value & 255]
}
