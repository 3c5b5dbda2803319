/** A chart as a picture, with its title and legend. */
import { lookOf, markerPath, readColours } from './looks.ts'
import type { ChartSeries } from './series.ts'

const LINE = 20
const MARGIN = 12

export async function chartPicture(
  canvas: HTMLCanvasElement,
  chart: { readonly label: string; readonly series: readonly ChartSeries[] },
): Promise<Blob> {
  const colours = readColours(canvas.parentElement as HTMLElement)
  const ratio = devicePixelRatio
  const width = canvas.width / ratio + 2 * MARGIN
  const height = canvas.height / ratio + LINE * (1 + chart.series.length) + 3 * MARGIN
  const picture = document.createElement('canvas')
  picture.width = width * ratio
  picture.height = height * ratio
  const context = picture.getContext('2d') as CanvasRenderingContext2D
  context.scale(ratio, ratio)
  context.fillStyle = colours.panel
  context.fillRect(0, 0, width, height)
  context.fillStyle = colours.text
  context.textBaseline = 'middle'
  context.font = `600 14px ${colours.font}`
  context.fillText(chart.label, MARGIN, MARGIN + LINE / 2)
  context.drawImage(canvas, MARGIN, 2 * MARGIN + LINE, canvas.width / ratio, canvas.height / ratio)
  context.font = `12px ${colours.font}`
  for (const [i, { name, look }] of chart.series.entries()) {
    const { dash, marker } = lookOf(look ?? i)
    const colour = colours.looks[(look ?? i) % colours.looks.length] as string
    const y = height - MARGIN - LINE * (chart.series.length - i - 0.5)
    context.strokeStyle = colour
    context.lineWidth = 2
    context.setLineDash([...dash])
    context.beginPath()
    context.moveTo(MARGIN, y)
    context.lineTo(MARGIN + 30, y)
    context.stroke()
    context.fillStyle = colour
    context.fill(new Path2D(markerPath(marker, MARGIN + 15, y, 4)))
    context.fillStyle = colours.text
    context.fillText(name, MARGIN + 38, y)
  }
  return new Promise((resolve, reject) => {
    picture.toBlob(blob => (blob ? resolve(blob) : reject(new Error('The picture could not be made.'))))
  })
}

/** A file name from a title: 'Score by step' becomes score-by-step. */
export function fileNameOf(title: string): string {
  return (
    title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'chart'
  )
}
