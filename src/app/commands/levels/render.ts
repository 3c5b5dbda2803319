/** levelshift levels render: a picture of a level, or of its solution. */

import { dirname, extname } from 'node:path'
import type { Command } from 'commander'
import { z } from 'zod'
import { makeFolder, writeFileAtomic } from '../../files.ts'
import { parseFlags, path, wholeNumber } from '../../flags.ts'
import type { Session } from '../../session.ts'
import { budgetFlag, levelNamed, namesOneLevel, oneLevelShape } from './one.ts'

const optionsSchema = z.object({
  ...oneLevelShape,
  out: path('-o').refine(out => ['.png', '.gif'].includes(extname(out).toLowerCase()), {
    error: '-o must end in .png (a picture) or .gif (the play of the solver)',
  }),
  view: z.boolean().default(false),
  scale: wholeNumber('--scale', 1, 16).optional(),
  moves: z.string().optional(),
  budget: budgetFlag,
})

/** Pixels to a pixel of the art where nothing else is asked: a tile of the map, or of the view, gets 16. */
const MAP_SCALE = 2
const VIEW_SCALE = 4

/** Adds `render` to the commands on levels. */
export function addRender(levels: Command, session: Session): void {
  namesOneLevel(levels.command('render'))
    .summary('draw a level as PNG, or its solution as GIF')
    .description('Draws the whole map as a PNG; or, as a GIF, the play of the solver or of recorded moves.')
    .requiredOption('-o, --out <file>', 'where to write it: .png or .gif')
    .option('--view', 'draw the 64x64 view of the agent instead of the map')
    .option('--scale <number>', 'pixels to a pixel of the art (default: 2, with --view 4)')
    .option('--moves <moves>', 'play these moves in the GIF')
    .option('--budget <number>', 'states that the solver may look at', '200000')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  npx levelshift levels render levels/packs/keys/two-locks.txt -o two-locks.gif',
    )
    .action(async (file: string, flags: object) => {
      const options = parseFlags(optionsSchema, { ...flags, file })
      const { out, view, scale = view ? VIEW_SCALE : MAP_SCALE } = options
      const { renderPlay, renderStill } = await import('../../levels/render.ts')
      const loaded = levelNamed(options)
      makeFolder(dirname(out))
      if (extname(out).toLowerCase() === '.png') {
        writeFileAtomic(out, renderStill(loaded.level, { view, scale }))
        session.finish(options.json, { file: out }, result => result.file)
        return
      }
      const { actionsOfPlay } = await import('../../levels/solve.ts')
      const actions = actionsOfPlay(loaded, options.moves, options.budget)
      writeFileAtomic(out, renderPlay(loaded.level, actions, { view, scale }))
      session.finish(options.json, { file: out, steps: actions.length }, result => result.file)
    })
}
