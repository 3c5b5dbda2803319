/** How the episode stands, and the buttons of it: for the keyboard's keys too, and large ones for fingers. */
import { ArrowDown, ArrowLeft, ArrowRight, ArrowUp, Hand, Hourglass } from 'lucide-preact'
import type { ComponentChildren } from 'preact'
import { ACTIONS, type Action } from '../../../envs/game.ts'
import { formatMoves } from '../../../levels/moves.ts'
import { Button, Select } from '../ui/controls.tsx'
import { copyText } from '../ui/hand-over.ts'
import { KeyFigure } from '../ui/states.tsx'
import { PACES, type PlayController } from './controller.ts'
import { focusBoard } from './play-board.tsx'
import { numberText } from './words.ts'

const PACE_NAMES = { 0: 'Turn by turn', 4: 'Real time, 4 steps a second', 8: 'Real time, 8 steps a second' }

interface Props {
  readonly controller: PlayController
}

/** Return, steps and actions; a hint or what a key did. */
export function Standing({ controller }: Props) {
  void controller.tick.value
  const { total, reward, steps, horizon } = controller.person.standing()
  return (
    <>
      <dl class="key-figures">
        <KeyFigure
          label="Return"
          value={numberText(total)}
          note={reward === 0 ? undefined : ` ${reward > 0 ? '+' : ''}${numberText(reward)}`}
        />
        <KeyFigure label="Steps left" value={horizon - steps} note={` of ${horizon}`} />
        <KeyFigure label="Actions" value={steps} />
      </dl>
      <p class="play-message">{controller.message.value || stateWords(controller)}</p>
      <p class="visually-hidden" role="status">
        {controller.said.value}
      </p>
    </>
  )
}

function stateWords({ pace, isRunning, person }: PlayController): string {
  if (person.standing().outcome !== 'playing')
    return 'The hidden rules are told below, if you want to know them.'
  if (pace.value === 0)
    return 'Find out by playing what pays: the rules are hidden from you, as from the agent.'
  return isRunning.value ? 'The game runs. P pauses.' : 'The game starts with your first move.'
}

export function PlayButtons({ controller, onNext }: Props & { readonly onNext: () => void }) {
  void controller.tick.value
  const { person } = controller
  const { moves, outcome } = person.standing()
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a click leaves the focus on the board, where keys play on
    <div
      class="row"
      onMouseDown={event => event.target instanceof HTMLSelectElement || event.preventDefault()}
    >
      <Button label="Undo" shortcut="u" disabled={moves === ''} onPress={controller.undo} />
      <Button label="Restart" shortcut="r" disabled={moves === ''} onPress={controller.restart} />
      <Button label="Hint" shortcut="h" disabled={outcome !== 'playing'} onPress={controller.hint} />
      <Button label="Next level" shortcut="n" onPress={onNext} />
      <Button label="Copy moves" shortcut="c" disabled={moves === ''} onPress={() => copyMoves(controller)} />
      <Select
        label="Time"
        value={`${controller.pace.value}`}
        options={PACES.map(pace => ({ value: `${pace}`, label: PACE_NAMES[pace] }))}
        onChange={value => {
          controller.setPace(PACES.find(pace => `${pace}` === value) ?? 0)
          focusBoard()
        }}
      />
    </div>
  )
}

/** Puts the moves so far into the clipboard, as `levelshift levels replay --moves` takes them. */
export function copyMoves({ person }: PlayController): void {
  const moves = formatMoves(person.standing().moves)
  if (moves !== '')
    void copyText(moves, 'The moves are copied: levelshift levels replay FILE --moves plays them.')
}

const PAD: readonly { readonly action: Action; readonly label: string; readonly icon: ComponentChildren }[] =
  [
    { action: 'up', label: 'Up', icon: <ArrowUp aria-hidden="true" /> },
    { action: 'left', label: 'Left', icon: <ArrowLeft aria-hidden="true" /> },
    { action: 'noop', label: 'Wait', icon: <Hourglass aria-hidden="true" /> },
    { action: 'right', label: 'Right', icon: <ArrowRight aria-hidden="true" /> },
    { action: 'down', label: 'Down', icon: <ArrowDown aria-hidden="true" /> },
    { action: 'use', label: 'Use', icon: <Hand aria-hidden="true" /> },
  ]

/** Large buttons for fingers. */
export function TouchPad({ controller }: Props) {
  return (
    <fieldset class="touch-pad" aria-label="Moves">
      {PAD.map(({ action, label, icon }) => {
        const index = ACTIONS.indexOf(action)
        return (
          <button
            key={action}
            type="button"
            class={`pad-${action}`}
            aria-label={label}
            onPointerDown={event => {
              event.preventDefault()
              controller.press(index)
            }}
            onPointerUp={() => controller.release(index)}
            onPointerCancel={() => controller.release(index)}
            // By the keyboard, or by a screen reader: no pointer came before.
            onClick={event => {
              if (event.detail !== 0) return
              controller.press(index)
              controller.release(index)
            }}
          >
            {icon}
          </button>
        )
      })}
    </fieldset>
  )
}
