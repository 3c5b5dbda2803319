/** The agent after k gradient steps. */
import { Eye } from 'lucide-preact'
import type { Recording } from '../../learn/recording.ts'
import type { AdaptationStep } from '../learn/learning.ts'
import type { Clock } from '../playback/clock.ts'
import { Segmented } from '../ui/choices.tsx'
import { Button } from '../ui/controls.tsx'
import { formatReturn, formatScore, titleOfStep } from './format.ts'
import { PlayPanel } from './play-panel.tsx'
import { type References, type SolverPlay, scoreOf } from './references.ts'

interface StepPanelProps {
  readonly step: AdaptationStep
  readonly references: References
  readonly clock: Clock
  readonly path: SolverPlay['path'] | null
  /** Which of its recordings plays. */
  readonly episode: number
  readonly onEpisode: (episode: number) => void
  readonly isSelected: boolean
  readonly onSelect: () => void
}

export function StepPanel(props: StepPanelProps) {
  const { step, references, clock, path, episode, isSelected } = props
  const title = titleOfStep(step.k)
  const score = scoreOf(step.meanReturn, references)
  return (
    <PlayPanel
      title={title}
      recording={step.recordings[episode] as Recording}
      clock={clock}
      path={path}
      isSelected={isSelected}
      actions={
        <Button
          label={`Look closer: ${title.toLowerCase()}`}
          icon={<Eye size={16} aria-hidden="true" />}
          iconOnly
          kind="quiet"
          pressed={isSelected}
          onPress={props.onSelect}
        />
      }
    >
      <Segmented
        label={`Episode, ${title.toLowerCase()}`}
        value={String(episode)}
        options={step.recordings.map((_, i) => ({
          value: String(i),
          label: `Episode ${i + 1}`,
          icon: i + 1,
        }))}
        iconsOnly
        {...(isSelected ? { shortcut: 'e' } : {})}
        onChange={value => props.onEpisode(Number(value))}
      />
      <dl class="figures">
        <Fact name="Mean return" value={formatReturn(step.meanReturn)} isMain />
        <Fact name="Score" value={score === null ? '–' : formatScore(score)} isMain />
        <Fact name="Episodes used" value={step.episodes.toLocaleString('en')} />
        <Fact name="Steps used" value={step.environmentSteps.toLocaleString('en')} />
      </dl>
    </PlayPanel>
  )
}

export function Fact({
  name,
  value,
  isMain = false,
}: {
  readonly name: string
  readonly value: string
  readonly isMain?: boolean
}) {
  return (
    <div class={isMain ? 'main' : ''}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}
