/** Numbers and names as the page writes them. */

/** A return: whole ones without decimals, with a proper minus sign. */
export function formatReturn(value: number): string {
  const text = Number.isInteger(value) ? String(value) : value.toFixed(2)
  return text.replace('-', '\u2212')
}

export function formatScore(score: number): string {
  return score.toFixed(2).replace('-', '\u2212')
}

/** What a panel is called. */
export function titleOfStep(k: number): string {
  if (k === 0) return 'Before learning'
  return `After ${k} ${k === 1 ? 'step' : 'steps'}`
}
