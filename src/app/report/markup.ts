/** Small helpers to write HTML and SVG as text. */

/** Text that is safe between tags and inside quoted attributes. */
export function escapeText(text: string | number): string {
  return String(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** A tag with attributes; the content is markup already. Attributes that are undefined are left out. */
export function tag(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  content = '',
): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) =>
        ` ${key}="${escapeText(typeof value === 'number' ? shortened(value) : (value ?? ''))}"`,
    )
  return `<${name}${written.join('')}>${content}</${name}>`
}

/** A number as a person reads it: thousands separated, at most `digits` after the point, a real minus sign. */
export function formatNumber(value: number, digits = 2): string {
  if (!Number.isFinite(value)) return 'n/a'
  const most = Math.abs(value) >= 1000 ? 0 : digits
  const text = value.toLocaleString('en', { maximumFractionDigits: most })
  return (text === '-0' ? '0' : text).replace('-', '\u2212')
}

/** A score, always with two digits after the point. */
export function formatScore(value: number): string {
  const text = value.toFixed(2)
  return (text === '-0.00' ? '0.00' : text).replace('-', '\u2212')
}

/** A table: the first cell of each row heads it, all others are right-aligned figures. Cells are markup. */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  caption?: string,
): string {
  const headRow = head.map(cell => `<th scope="col">${cell}</th>`).join('')
  const bodyRows = rows.map(
    ([first, ...cells]) =>
      `<tr><th scope="row">${first}</th>${cells.map(cell => `<td>${cell}</td>`).join('')}</tr>`,
  )
  const captionMarkup = caption === undefined ? '' : `<caption>${caption}</caption>`
  const markup = `<table>${captionMarkup}<thead><tr>${headRow}</tr></thead><tbody>${bodyRows.join('\n')}</tbody></table>`
  // Focusable, so that a table wider than a phone can be scrolled with the keyboard.
  return `<div class="scroll" role="region" tabindex="0" aria-label="${caption === undefined ? 'table' : caption.replace(/<[^>]*>/g, '')}">${markup}</div>`
}

/** Numbers figures and tables in the order of the page. */
export interface Counter {
  figure(): string
  table(): string
}

/** A counter for one page. */
export function createCounter(): Counter {
  let figures = 0
  let tables = 0
  return { figure: () => `<b>Figure ${++figures}.</b>`, table: () => `<b>Table ${++tables}.</b>` }
}

/** Coordinates need no more than a hundredth of a pixel. */
function shortened(value: number): string {
  return String(Math.round(value * 100) / 100)
}
