/** Adapt: one agent on one level that it has never seen, a gradient step at a time, in this browser. */
import '../adapt/adapt.css'
import { Bot } from 'lucide-preact'
import { useEffect, useState } from 'preact/hooks'
import { messageOf } from '../../core/errors.ts'
import { Adapting } from '../adapt/adapting.tsx'
import { type AgentChoice, useAgents } from '../adapt/agents.ts'
import { ChoiceBar } from '../adapt/choice-bar.tsx'
import { useReferences } from '../adapt/references.ts'
import { MOST_STEPS } from '../adapt/session.ts'
import { useSession } from '../adapt/use-session.ts'
import { useLevelWork } from '../context.ts'
import { agentFor, gamesInShort } from '../learn/agent-choice.ts'
import { encodeLevel } from '../levels/link.ts'
import { usePickedLevel } from '../levels/use-picked-level.ts'
import { replaceParameters, route } from '../router.ts'
import { Button } from '../ui/controls.tsx'
import { Empty, Spinner } from '../ui/states.tsx'
import { notify } from '../ui/toasts.tsx'

/** Names the level that is drawn where the address has none: one whose rules are not what the agents that ship guess first. */
const FIRST_LEVEL = 'adapt/24'
const AGENT_FILE = /\.safetensors$/i

export function AdaptPage() {
  const { agents, error, open } = useAgents()
  const { picked, error: levelError, pick } = usePickedLevel()
  const { parameters } = route.value
  const agent = chosenAgent(agents, parameters.get('agent'), picked?.level.game)
  const seed = wholeNumber(parameters.get('seed')) ?? '1'
  const [accepted, setAccepted] = useState<readonly string[]>([])
  const pair = `${agent?.id} ${picked?.level.game}`
  const isForeign = agent !== undefined && picked !== null && !agent.games.includes(picked.level.game)
  const isHeld = isForeign && !accepted.includes(pair)
  const session = useSession(isHeld ? undefined : agent, picked, seed)
  const references = useReferences(picked?.level, seed)
  const openFile = async (file: File) => {
    const choice = await open(file)
    replaceParameters({ agent: choice.id })
    notify(`${choice.name} has learned ${gamesInShort(choice.games)}.`, 'good')
  }
  const wanted = Math.min(Number(wholeNumber(parameters.get('steps')) ?? 0), MOST_STEPS)
  useEffect(() => session?.reach(wanted), [session, wanted])
  const isLevelMissing = picked === null && levelError === null
  const hasNoFirst = useFirstLevel(agent, isLevelMissing)
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a file may be dropped anywhere; a button opens one too
    <div
      class="adapt-page"
      onDragOver={event => event.preventDefault()}
      onDrop={event => {
        event.preventDefault()
        const file = [...(event.dataTransfer?.files ?? [])].find(({ name }) => AGENT_FILE.test(name))
        if (file) openFile(file).catch(reason => notify(messageOf(reason), 'bad'))
      }}
    >
      <ChoiceBar
        agents={agents ?? []}
        agent={agent}
        onAgent={id => replaceParameters({ agent: id })}
        onFile={openFile}
        picked={picked}
        isLevelComing={isLevelMissing && !hasNoFirst && (agents === null || agent !== undefined)}
        onPick={pick}
        seed={seed}
        onSeed={value => replaceParameters({ seed: value })}
      />
      {levelError !== null && (
        <p class="notice-bad" role="alert">
          The level in the address cannot be read: {levelError}
        </p>
      )}
      <NoAgents agents={agents} error={error} wanted={parameters.get('agent')} agent={agent} />
      {isHeld && agent && picked && (
        <Foreign agent={agent} game={picked.level.game} onAccept={() => setAccepted([...accepted, pair])} />
      )}
      {session && picked && (
        <Adapting
          // Panels, places and choices belong to one adaptation.
          key={`${session.agent.id} ${picked.hash} ${seed}`}
          session={session}
          picked={picked}
          references={references}
          onTarget={steps => replaceParameters({ steps: String(steps) })}
        />
      )}
    </div>
  )
}

/** The agent of the address, or one that learned the level's game. */
function chosenAgent(
  agents: readonly AgentChoice[] | null,
  id: string | null,
  game: string | undefined,
): AgentChoice | undefined {
  if (id !== null) return agents?.find(agent => agent.id === id)
  if (agents === null) return undefined
  return game === undefined
    ? // The level will be one of its games: the one that learned the fewest plays them best.
      agents.toSorted((a, b) => a.games.length - b.games.length)[0]
    : agentFor(agents, game)
}

/** Where no level is chosen, draws one that the agent can make something of, so that there is something to watch. Says whether that failed. */
function useFirstLevel(agent: AgentChoice | undefined, isNeeded: boolean): boolean {
  const work = useLevelWork()
  const [hasFailed, setFailed] = useState(false)
  const game = agent?.games[0]
  useEffect(() => {
    if (!isNeeded || game === undefined) return
    let wanted = true
    work.draw({ game }, 'test', FIRST_LEVEL).then(
      ({ level }) => wanted && replaceParameters({ level: encodeLevel(level) }),
      error => {
        if (!wanted) return
        notify(messageOf(error), 'bad')
        setFailed(true)
      },
    )
    return () => {
      wanted = false
    }
  }, [work, game, isNeeded])
  return hasFailed
}

interface NoAgentsProps {
  readonly agents: readonly AgentChoice[] | null
  readonly error: string | null
  /** The id in the address. */
  readonly wanted: string | null
  readonly agent: AgentChoice | undefined
}

/** What stands in for the games while no agent is chosen. */
function NoAgents({ agents, error, wanted, agent }: NoAgentsProps) {
  if (agent) return null
  const icon = <Bot size={28} aria-hidden="true" />
  if (error !== null)
    return (
      <Empty title="The agents could not be listed" icon={icon}>
        <p role="alert">{error}</p>
      </Empty>
    )
  if (agents === null) return <Spinner label="Looking for agents…" />
  if (wanted !== null)
    return (
      <Empty title="That agent is not here" icon={icon}>
        <p>
          The address names the agent <code>{wanted}</code>. Choose another one above, or open its file.
        </p>
      </Empty>
    )
  return (
    <Empty title="No agent yet" icon={icon}>
      <p>
        Train one with <code>npx levelshift start</code>, or drop an agent's file (.safetensors) here.
      </p>
    </Empty>
  )
}

interface ForeignProps {
  readonly agent: AgentChoice
  readonly game: string
  readonly onAccept: () => void
}

function Foreign({ agent, game, onAccept }: ForeignProps) {
  return (
    <div class="foreign-game" role="alert">
      <p>
        <strong>
          {agent.name} has never learned {game}.
        </strong>{' '}
        It learned {gamesInShort(agent.games)}. It can try, but its eyes and its habits come from other games,
        so do not expect much. Choose another agent or level, or:
      </p>
      <Button label="Let it try" onPress={onAccept} />
    </div>
  )
}

/** A whole number from 0 on, as text; null where it is none. */
function wholeNumber(text: string | null): string | null {
  return text !== null && /^\d{1,10}$/.test(text) ? String(Number(text)) : null
}
