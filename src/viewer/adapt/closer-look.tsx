/** What the agent sees at this moment of one of the panels, and what it makes of it. */
import { useCallback } from 'preact/hooks'
import type { Recording } from '../../learn/recording.ts'
import { ActionBars, AgentView } from '../playback/agent-view.tsx'
import type { Clock } from '../playback/clock.ts'
import { type PlayedRecording, useRecording } from '../playback/recording-board.tsx'
import { Panel } from '../ui/controls.tsx'
import { formatReturn } from './format.ts'
import { Fact } from './step-panel.tsx'

interface CloserLookProps {
  readonly title: string
  readonly recording: Recording
  readonly clock: Clock
}

export function CloserLook({ title, recording, clock }: CloserLookProps) {
  const played = useRecording(recording, clock)
  return (
    <Panel title={`A closer look: ${title.toLowerCase()}`}>
      <div class="closer-look">
        <View played={played} theme={recording.level.theme} />
        <Expectation played={played} />
        <Probabilities played={played} />
      </div>
    </Panel>
  )
}

function View({ played, theme }: { readonly played: PlayedRecording; readonly theme: string }) {
  const scene = useCallback(() => played.moment.value.scene, [played])
  return <AgentView scene={scene} theme={theme} />
}

// Apart, as they change with every step.

function Expectation({ played }: { readonly played: PlayedRecording }) {
  const { action, value, return: total } = played.moment.value
  return (
    <dl class="figures">
      <Fact name="Return so far" value={formatReturn(total)} isMain />
      <Fact name="Expects from here" value={action === null ? '–' : value.toFixed(2)} isMain />
    </dl>
  )
}

function Probabilities({ played }: { readonly played: PlayedRecording }) {
  const { probabilities, action } = played.moment.value
  return <ActionBars probabilities={probabilities} action={action} />
}
