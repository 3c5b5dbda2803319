/** The level as files to take away, in every format that levels are written in. */
import { zipSync } from 'fflate'
import { formatPack } from '../../../levels/formats/pack.ts'
import { hashLevel, type Level, splitOf } from '../../../levels/level.ts'
import { levelKind } from '../../../levels/registry.ts'
import { type ExportFormat, exportLevels } from '../../app/levels/exported.ts'
import type { Proof } from '../../app/levels/prove.ts'
import { slugOf } from '../../app/levels/slug.ts'
import { UserError } from '../../core/errors.ts'

export type DownloadFormat = ExportFormat | 'pack'

export interface Download {
  readonly name: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

export const DOWNLOADS: readonly {
  readonly value: DownloadFormat
  readonly label: string
  readonly ending: string
}[] = [
  { value: 'text', label: 'Levelshift text (.txt)', ending: 'txt' },
  { value: 'tiled-json', label: 'Tiled JSON with its tileset (.zip)', ending: 'tmj' },
  { value: 'tiled-xml', label: 'Tiled XML with its tileset (.zip)', ending: 'tmx' },
  { value: 'xsb', label: 'Sokoban collection (.xsb)', ending: 'xsb' },
  { value: 'pack', label: 'Levelshift pack (.jsonl)', ending: 'jsonl' },
]

/** Why a level cannot be written in a format; undefined where it can. */
export function refusal(level: Level, format: DownloadFormat, proof: Proof | undefined): string | undefined {
  if (format === 'xsb' && level.game !== 'sokoban') return 'This format is for levels of sokoban.'
  if (format !== 'pack') return undefined
  if (level.provenance.source !== 'generated')
    return 'A pack holds generated levels only: draw one at random.'
  return proof?.proof === 'solver' ? undefined : 'A pack holds proved levels only: wait for the solver.'
}

/** A level as one file; what consists of several is a zip of them. */
export function downloadOf(level: Level, format: DownloadFormat, proof?: Proof): Download {
  const why = refusal(level, format, proof)
  if (why !== undefined) throw new UserError(why)
  const stem = slugOf(level.title ?? level.game)
  const ending = DOWNLOADS.find(({ value }) => value === format)?.ending
  const name = `${stem}.${ending}`
  if (format === 'pack') return { name, bytes: encode(packOf(level, proof)) }
  const { content, beside } = exportLevels([level], format)
  if (Object.keys(beside).length === 0) return { name, bytes: encode(content) }
  const files = Object.entries({ [name]: content, ...beside }).map(([file, data]) => [
    file,
    typeof data === 'string' ? encode(data) : data,
  ])
  return { name: `${stem}.zip`, bytes: zipSync(Object.fromEntries(files)) as Uint8Array<ArrayBuffer> }
}

function packOf(level: Level, proof: Proof | undefined): string {
  if (level.provenance.source !== 'generated' || proof?.proof !== 'solver') throw new Error('refused above')
  const { game, provenance } = level
  const header = {
    game,
    split: splitOf(hashLevel(level)),
    seed: provenance.seed,
    count: 1,
    options: { ...levelKind(game).defaults, families: [provenance.family] },
  }
  return formatPack(header, [{ level, return: proof.return, moves: proof.moves }])
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text)
}
