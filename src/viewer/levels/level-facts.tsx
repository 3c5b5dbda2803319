/** What is known of a level: all that can be seen of it, and, when asked for, its hidden rules. */
import { Copy } from 'lucide-preact'
import { useEffect, useState } from 'preact/hooks'
import { levelKind } from '../../../levels/registry.ts'
import { Button } from '../ui/controls.tsx'
import { copyText } from '../ui/hand-over.ts'
import './levels.css'
import { type PickedLevel, titleOf } from './picked-level.ts'
import { LegendIcon } from './tile-icon.tsx'

export interface LevelFactsProps {
  readonly picked: PickedLevel
}

export function LevelFacts({ picked }: LevelFactsProps) {
  const { level, hash, split, origin } = picked
  const facts = [
    ['Game', level.game],
    ['Size', `${level.map[0]?.length} by ${level.map.length} tiles`],
    ['Split', split],
    ['Origin', origin],
    ['Theme', level.theme],
  ] as const
  return (
    <div class="level-facts">
      <h3>{titleOf(picked)}</h3>
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
        <div>
          <dt>Hash</dt>
          <dd>
            <code title={hash}>{hash.slice(0, 12)}</code>
            <Button
              label="Copy the hash"
              icon={<Copy size={16} aria-hidden="true" />}
              iconOnly
              kind="quiet"
              onPress={() => copyText(hash, 'The hash is copied.')}
            />
          </dd>
        </div>
      </dl>
      <Legend picked={picked} />
      <HiddenRules picked={picked} />
    </div>
  )
}

/** The tiles of this level's map and what they mean. */
function Legend({ picked: { level } }: { readonly picked: PickedLevel }) {
  const kind = levelKind(level.game)
  const used = new Set(level.map.join(''))
  const entries = Object.entries(kind.legend).filter(([tile]) => used.has(tile))
  return (
    <ul class="legend" aria-label="Tiles">
      {entries.map(([tile, entry]) => (
        <li key={tile}>
          <LegendIcon kind={kind} entry={entry} theme={level.theme} />
          {entry.means}
        </li>
      ))}
    </ul>
  )
}

/** Covered until asked for, anew for every level. */
export function HiddenRules({ picked: { level, hash } }: LevelFactsProps) {
  const [isShown, setShown] = useState(false)
  useEffect(() => setShown(false), [hash])
  return (
    <div class="hidden-rules">
      <Button
        label={isShown ? 'Cover the hidden rules' : 'Show the hidden rules'}
        pressed={isShown}
        onPress={() => setShown(!isShown)}
      />
      {isShown ? (
        <ul>
          {levelKind(level.game)
            .tellRules(level.rules)
            .map(sentence => (
              <li key={sentence}>{sentence}</li>
            ))}
        </ul>
      ) : (
        <p>Neither you nor the agent is told them: they can be found out by playing.</p>
      )}
    </div>
  )
}
