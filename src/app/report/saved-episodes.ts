/**
 * Episodes in a run folder: episodes/index.json tells what was played, and each episode is a GIF that can be used
 * elsewhere too. Losslessly, so that a report can be written anew from them.
 */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { UserError } from '../../core/errors.ts'
import { makeFolder, readBytes, readText, writeFileAtomic } from '../files.ts'
import type { EpisodeSeries } from './data.ts'
import { decodeEpisode, encodeEpisode } from './episode-image.ts'

const indexSchema = z.array(
  z.object({
    game: z.string(),
    hash: z.string(),
    solverReturn: z.number(),
    rules: z.string().optional(),
    plays: z.array(
      z.object({ steps: z.number(), return: z.number(), file: z.string().regex(/^[\w-]+\.gif$/) }),
    ),
  }),
)

/** Writes episodes into a run folder, in place of those that were there. */
export function saveEpisodes(run: string, episodes: readonly EpisodeSeries[]): void {
  const folder = join(run, 'episodes')
  makeFolder(folder)
  const index: z.infer<typeof indexSchema> = []
  for (const { plays, ...level } of episodes) {
    const saved: (typeof index)[number]['plays'] = []
    for (const play of plays) {
      const file = `${level.game}-${level.hash.slice(0, 8)}-step-${play.steps}.gif`
      writeFileAtomic(join(folder, file), encodeEpisode(play.frames))
      saved.push({ steps: play.steps, return: play.return, file })
    }
    index.push({ ...level, plays: saved })
  }
  writeFileAtomic(join(folder, 'index.json'), `${JSON.stringify(index, null, 2)}\n`)
}

/** The episodes of a run folder, none where none were saved. Without frames, each play's list of them is empty. */
export function loadEpisodes(run: string, withFrames = true): EpisodeSeries[] {
  const path = join(run, 'episodes', 'index.json')
  if (!existsSync(path)) return []
  return readIndex(path).map(({ plays, rules, ...level }) => ({
    ...level,
    ...(rules === undefined ? {} : { rules }),
    plays: plays.map(({ file, ...play }) => ({
      ...play,
      frames: withFrames ? readFrames(join(run, 'episodes', file)) : [],
    })),
  }))
}

function readIndex(path: string): z.infer<typeof indexSchema> {
  const text = readText(path, 'list of episodes')
  try {
    return indexSchema.parse(JSON.parse(text))
  } catch (error) {
    throw new UserError(
      `${path}: not a list of episodes as Levelshift writes it: delete it or evaluate anew`,
      {
        cause: error,
      },
    )
  }
}

function readFrames(path: string): Uint8Array[] {
  const gif = readBytes(path, 'episode')
  try {
    return decodeEpisode(gif)
  } catch (error) {
    throw new UserError(`${path}: the episode is damaged, expected a GIF: evaluate anew`, { cause: error })
  }
}
