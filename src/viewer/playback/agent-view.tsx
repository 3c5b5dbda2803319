/** What the agent sees of a game and what it makes of it. */
import './playback.css'
import { effect } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import { ACTIONS } from '../../../envs/game.ts'
import { atlasOf, createView, drawPixels, FRAME_BYTES, FRAME_SIDE } from '../../core/rasteriser.ts'
import type { Scene } from '../../core/scene.ts'
import { findTheme } from '../../core/themes.ts'

export interface AgentViewProps {
  /** Called again whenever a signal that it reads changes, and whenever it is another function. */
  readonly scene: () => Scene | undefined
  readonly theme: string
  readonly label?: string
}

/** The agent's own 64x64 frame, drawn by the rasteriser that it learned with. Its size is the page's matter. */
export function AgentView({ scene, theme, label = 'What the agent sees' }: AgentViewProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    const found = findTheme(theme)
    if (!context || !found) return
    const view = createView(new Uint8Array(FRAME_BYTES))
    const image = new ImageData(FRAME_SIDE, FRAME_SIDE)
    return effect(() => {
      const seen = scene()
      if (!seen) return
      drawPixels(seen, atlasOf(found), view)
      for (let from = 0, to = 0; from < FRAME_BYTES; from += 3, to += 4) {
        image.data[to] = view.pixels[from]!
        image.data[to + 1] = view.pixels[from + 1]!
        image.data[to + 2] = view.pixels[from + 2]!
        image.data[to + 3] = 255
      }
      context.putImageData(image, 0, 0)
    })
  }, [scene, theme])
  return (
    <canvas
      ref={canvas}
      class="agent-view"
      width={FRAME_SIDE}
      height={FRAME_SIDE}
      role="img"
      aria-label={label}
    />
  )
}

export interface ActionBarsProps {
  /** The policy's probability of each action, [6]; empty where the game is over. */
  readonly probabilities: ArrayLike<number>
  /** Index of the action that it takes; null where the game is over. */
  readonly action: number | null
}

/** How likely the policy takes each action, and which one it takes. */
export function ActionBars({ probabilities, action }: ActionBarsProps) {
  return (
    <ul class="action-bars" aria-label="Probability of each action">
      {ACTIONS.map((name, i) => {
        const share = probabilities[i]
        const taken = i === action
        return (
          <li key={name} class={taken ? 'taken' : ''}>
            <span class="name">
              {taken && <span aria-hidden>▸ </span>}
              {name}
              {taken && <span class="visually-hidden">, taken</span>}
            </span>
            <span class="bar" aria-hidden>
              <span style={{ width: `${(share ?? 0) * 100}%` }} />
            </span>
            <span class="share">{share === undefined ? '–' : `${Math.round(share * 100)}%`}</span>
          </li>
        )
      })}
    </ul>
  )
}
