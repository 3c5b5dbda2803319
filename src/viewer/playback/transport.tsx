/** The controls of a clock: play, single steps, speed, and a place to go to. */
import './playback.css'
import { ChevronLeft, ChevronRight, FastForward, Pause, Play, Rewind, SkipBack } from 'lucide-preact'
import { useEffect, useState } from 'preact/hooks'
import { Slider } from '../ui/choices.tsx'
import { Button } from '../ui/controls.tsx'
import { type Keys, useKeys } from '../ui/keys.ts'
import { type Clock, createClock, SPEEDS } from './clock.ts'

/** A clock for as long as a component is there. */
export function useClock(): Clock {
  const [clock] = useState(createClock)
  useEffect(() => () => clock.pause(), [clock])
  return clock
}

/** `keys`: whether the keyboard works it too, which only one on a page can. */
export function Transport({ clock, keys = true }: { readonly clock: Clock; readonly keys?: boolean }) {
  useKeys(keys ? keysOf(clock) : {})
  const playing = clock.playing.value
  const speed = clock.speed.value
  const key = (name: string) => (keys ? { shortcut: name } : {})
  return (
    <fieldset class="transport" aria-label="Playback">
      <div class="transport-buttons">
        <Button
          label="Restart"
          {...key('Home')}
          icon={<SkipBack aria-hidden />}
          iconOnly
          onPress={() => clock.seek(0)}
        />
        <Button
          label="Step back"
          {...key(',')}
          icon={<ChevronLeft aria-hidden />}
          iconOnly
          onPress={() => clock.stepBy(-1)}
        />
        <Button
          label={playing ? 'Pause' : 'Play'}
          {...key('Space')}
          icon={playing ? <Pause aria-hidden /> : <Play aria-hidden />}
          iconOnly
          kind="primary"
          onPress={clock.toggle}
        />
        <Button
          label="Step forward"
          {...key('.')}
          icon={<ChevronRight aria-hidden />}
          iconOnly
          onPress={() => clock.stepBy(1)}
        />
      </div>
      <Place clock={clock} />
      <div class="transport-buttons">
        <Button
          label="Slower"
          {...key('-')}
          icon={<Rewind aria-hidden />}
          iconOnly
          disabled={speed === SPEEDS[0]}
          onPress={() => clock.changeSpeed(-1)}
        />
        <output class="transport-speed" aria-label="Speed">
          {speed}x
        </output>
        <Button
          label="Faster"
          {...key('+')}
          icon={<FastForward aria-hidden />}
          iconOnly
          disabled={speed === SPEEDS.at(-1)}
          onPress={() => clock.changeSpeed(1)}
        />
      </div>
    </fieldset>
  )
}

/** Apart from the buttons, as it changes with every step. */
function Place({ clock }: { readonly clock: Clock }) {
  const length = clock.length.value
  return (
    <Slider
      label="Step"
      value={clock.step.value}
      min={0}
      max={length}
      text={`step ${clock.step.value} of ${length}`}
      disabled={length === 0}
      onChange={clock.seek}
    />
  )
}

function keysOf(clock: Clock): Keys {
  return {
    ' ': clock.toggle,
    '.': () => clock.stepBy(1),
    ',': () => clock.stepBy(-1),
    '+': () => clock.changeSpeed(1),
    // The same key without Shift on many keyboards.
    '=': () => clock.changeSpeed(1),
    '-': () => clock.changeSpeed(-1),
    Home: () => clock.seek(0),
  }
}
