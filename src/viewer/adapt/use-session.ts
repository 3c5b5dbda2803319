/** The adaptation of what is chosen: begun anew whenever the choice changes, ended when the page is left. */
import { useEffect, useState } from 'preact/hooks'
import { useLearning } from '../context.ts'
import type { PickedLevel } from '../levels/picked-level.ts'
import type { AgentChoice } from './agents.ts'
import { openSession, type Session } from './session.ts'

/** `agent` is undefined for as long as it must not begin. */
export function useSession(
  agent: AgentChoice | undefined,
  picked: PickedLevel | null,
  seed: string,
): Session | null {
  const learning = useLearning()
  const [session, setSession] = useState<Session | null>(null)
  const level = picked?.level
  useEffect(() => {
    if (!agent || !level) return
    const opened = openSession({ learning, agent, level, seed })
    setSession(opened)
    return () => {
      setSession(null)
      opened.dispose()
    }
    // The list of agents is made anew at times; the agent of an id stays.
  }, [learning, agent?.id, level, seed])
  return session
}
