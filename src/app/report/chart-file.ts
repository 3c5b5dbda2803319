/** A chart as a picture file of its own, as pages in Markdown show it. */
import { styleSheet } from './style.ts'

/** From drawChart's markup the first drawing, the one for wide pages, with the style that it needs. */
export function chartFile(markup: string): string {
  const svg = `${markup.split('</svg>')[0]}</svg>`
  return svg.replace(/<svg([^>]*)>/, (_, attributes: string) => {
    const space = attributes.includes('xmlns=') ? '' : ' xmlns="http://www.w3.org/2000/svg"'
    return `<svg${space}${attributes}><style>${styleSheet()}</style>`
  })
}
