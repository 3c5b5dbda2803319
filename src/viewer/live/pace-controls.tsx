/** Pause, single step and speed of the wall; the same keys as everywhere (playback/transport.tsx). */
import { ChevronRight, FastForward, Pause, Play, Rewind } from 'lucide-preact'
import { SPEEDS } from '../playback/clock.ts'
import { Button } from '../ui/controls.tsx'
import { useKeys } from '../ui/keys.ts'
import type { Pace } from './pace.ts'

export function PaceControls({ pace }: { readonly pace: Pace }) {
  const playing = pace.playing.value
  const speed = pace.speed.value
  useKeys({
    ' ': pace.toggle,
    '.': pace.step,
    '+': () => pace.changeSpeed(1),
    // The same key without Shift on many keyboards.
    '=': () => pace.changeSpeed(1),
    '-': () => pace.changeSpeed(-1),
  })
  return (
    <fieldset class="pace" aria-label="Playback">
      <Button
        label={playing ? 'Pause' : 'Play'}
        shortcut="Space"
        icon={playing ? <Pause size={18} aria-hidden="true" /> : <Play size={18} aria-hidden="true" />}
        iconOnly
        onPress={pace.toggle}
      />
      <Button
        label="Step forward"
        shortcut="."
        icon={<ChevronRight size={18} aria-hidden="true" />}
        iconOnly
        onPress={pace.step}
      />
      <Button
        label="Slower"
        shortcut="-"
        icon={<Rewind size={18} aria-hidden="true" />}
        iconOnly
        disabled={speed === SPEEDS[0]}
        onPress={() => pace.changeSpeed(-1)}
      />
      <output aria-label="Speed">{speed}x</output>
      <Button
        label="Faster"
        shortcut="+"
        icon={<FastForward size={18} aria-hidden="true" />}
        iconOnly
        disabled={speed === SPEEDS.at(-1)}
        onPress={() => pace.changeSpeed(1)}
      />
    </fieldset>
  )
}
