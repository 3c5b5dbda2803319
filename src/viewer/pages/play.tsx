/** A person plays a level by the same rules as the agent, and against it. */
import { useEffect } from 'preact/hooks'
import { LevelPicker } from '../levels/level-picker.tsx'
import { addressWith, usePickedLevel } from '../levels/use-picked-level.ts'
import { PlayLevel } from '../play/play-level.tsx'
import { route } from '../router.ts'
import { StageArea } from '../stage/components.tsx'
import { Spinner } from '../ui/states.tsx'

/** What is played where the address names no level. */
const FIRST_GAME = 'gems'

export function PlayPage() {
  const { picked, error, pick } = usePickedLevel()
  const link = route.value.parameters.get('level')
  useEffect(() => {
    if (link === null) void openFirstLevel()
  }, [link])
  return (
    <StageArea>
      {picked ? (
        <PlayLevel key={link} picked={picked} onPick={pick} />
      ) : error === null ? (
        <Spinner label="Opening a level…" />
      ) : (
        <div class="stack">
          <p role="alert" class="bad">
            {error}
          </p>
          <LevelPicker value={null} onPick={pick} />
        </div>
      )}
    </StageArea>
  )
}

/** In place of the address without a level, so that going back leaves the page. */
async function openFirstLevel(): Promise<void> {
  const { handMadeLevels } = await import('../levels/hand-made.ts')
  const [level] = handMadeLevels(FIRST_GAME).slice(-1)
  const { page, parameters } = route.peek()
  if (level && page === 'play' && !parameters.has('level')) location.replace(addressWith(level))
}
