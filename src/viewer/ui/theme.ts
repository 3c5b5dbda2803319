/** Light or dark: the system's choice, or the reader's, which is kept. */
import { effect, signal } from '@preact/signals'

export const THEMES = ['system', 'light', 'dark'] as const
export type ThemeChoice = (typeof THEMES)[number]

const KEY = 'levelshift.theme'
const prefersDark = matchMedia('(prefers-color-scheme: dark)')

export const themeChoice = signal<ThemeChoice>(readChoice())
/** What is shown. Charts and canvases draw anew when it changes. */
export const isDark = signal(darkNow())

effect(() => {
  const choice = themeChoice.value
  if (choice === 'system') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = choice
  isDark.value = darkNow()
})
prefersDark.addEventListener('change', () => {
  isDark.value = darkNow()
})

function chooseTheme(choice: ThemeChoice): void {
  themeChoice.value = choice
  try {
    localStorage.setItem(KEY, choice)
  } catch {
    // Storage may be forbidden; the choice then holds for this visit.
  }
}

/** The next of the three. */
export function nextTheme(): void {
  chooseTheme(THEMES[(THEMES.indexOf(themeChoice.value) + 1) % THEMES.length] as ThemeChoice)
}

function darkNow(): boolean {
  return themeChoice.value === 'system' ? prefersDark.matches : themeChoice.value === 'dark'
}

function readChoice(): ThemeChoice {
  try {
    return THEMES.find(theme => theme === localStorage.getItem(KEY)) ?? 'system'
  } catch {
    return 'system'
  }
}
