/** Training as it goes on: the runs, and one of them with its curves and the games that its agent plays. */
import { Radio } from 'lucide-preact'
import { useSource } from '../context.ts'
import { RunList } from '../live/run-list.tsx'
import { RunView } from '../live/run-view.tsx'
import { linkTo, route } from '../router.ts'
import { Empty } from '../ui/states.tsx'

export function LivePage() {
  const { live, runs } = useSource()
  const { item } = route.value
  if (!live) return <NeedsServer reports={runs.value.length > 0} />
  return item === undefined ? <RunList /> : <RunView key={item} live={live} name={item} />
}

/** On the static site. */
function NeedsServer({ reports }: { readonly reports: boolean }) {
  return (
    <Empty title="Live training needs a server" icon={<Radio size={32} aria-hidden="true" />}>
      <p>
        On your own machine, <code>npx levelshift watch</code> opens this page with your runs in it: their
        curves as they grow, and the games that the agent is playing.
      </p>
      <p>Everything else works right here, in your browser:</p>
      <p class="row centred">
        <a class="button primary" href={linkTo('adapt')}>
          Watch an agent adapt
        </a>
        <a class="button" href={linkTo('play')}>
          Play a level
        </a>
        <a class="button" href={linkTo('edit')}>
          Draw a level
        </a>
        {reports ? (
          <a class="button" href={linkTo('report')}>
            Read a report
          </a>
        ) : null}
      </p>
    </Empty>
  )
}
