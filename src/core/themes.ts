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
  theme('dungeon', false, '0d0b13 3e394b 77718a f2e9dc e0483e 58c04c 4a7de8 f0b93a 1b1822 fff7e6'),
  theme('meadow', false, '182414 a9cf7c 75603f fffaf0 d8433f 1d8f3a 3456c8 f0ac1e 20281a fffef0'),
  theme('desert', false, '3a2a1c dcbf90 94683c 1c2030 d2382e 43962c 3f52c4 a8720c 2a1e14 fff4d8'),
  theme('ice', false, '0e2030 bcd8e8 6488aa 33243a e2506a 2aa84e 2a44c8 d89a1e 122030 ffffff'),
  theme('neon', false, '04040a 24224a 4f4a90 f7f7ff ff4d6d 3dff8b 4d8bff ffd84d 0a0818 ffffff'),
  theme('paper', false, 'aca493 f2ede2 8a8376 2c2926 d9483b 37a042 3b5fd8 c9920e 24211f ffffff'),
  theme('rust', false, '170b08 523429 a07a66 f8e8d8 ff6a4a 86c440 6a8cff ffc44a 180c09 fff0e0'),
  theme('slate', false, '0b0f13 333f4a 687a88 f0f4f8 e85a4f 5fbf5a 5a8ff0 e8b84a 12181d f8fcff'),
  theme('dusk', true, '140c20 422c58 8c6ca6 fbe8f0 f0566a 6fcf5f 5f7ff5 f6b84c 1a1128 fff2fa'),
  theme('forest', true, '07120b 2b4a33 6d8a70 f6f2dc e5533c 8fd24a 4f7fe0 eeb93e 0c1a12 f8fff0'),
  theme('sand', true, '3d2e20 d4b888 846646 1a1d28 d23a3a 379030 3a4fc8 96660a 261c12 fff8e2'),
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
