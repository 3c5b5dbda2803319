/** Follows the runs of a folder for all clients: the list of runs, and for each client one run's records and its wall. */
import { messageOf, quoted, UserError } from '../../core/errors.ts'
import type { Live, LiveClient } from './client.ts'
import { DEFAULT_SPEED, type Order } from './protocol.ts'
import { createRunFeed, type RunFeed } from './run-feed.ts'
import { createRunList } from './runs.ts'
import { createWall, MAX_BACKLOG, type Wall } from './wall.ts'

/** Milliseconds between two looks at the files of the runs that are followed. */
const LOOK_EVERY = 250
/** The same for the list: the runs that are training and new ones, and all. */
const BUSY_EVERY = 1000
const ALL_EVERY = 5000
/** Records in one message. */
const MAX_RECORDS = 200

interface Session {
  readonly client: LiveClient
  follow?: Follow
  wall?: { readonly run: string; readonly player: Wall }
  /** Steps a second of this wall and of the next ones. */
  speed: number
}

/** What a client has been told of the run that it follows. */
interface Follow {
  readonly run: string
  /** Records that it has. */
  records: number
  /** Progress as JSON; undefined while it has been told nothing. */
  progress?: string
}

/** Looks at the files only while a client is connected. */
export async function openLive({ folder }: { readonly folder: string }): Promise<Live> {
  const list = createRunList(folder)
  await list.refresh(true)
  const sessions = new Set<Session>()
  const feeds = new Map<string, RunFeed>()
  /** What the last look at a run, or at the list, has failed with: said once. */
  const faults = new Map<string, string>()
  let [isClosed, isLooking] = [false, false]
  let lastBusy = Number.NEGATIVE_INFINITY
  let lastAll = Number.NEGATIVE_INFINITY
  let wake = (): void => {}
  let looking: Promise<void> = Promise.resolve()

  const lookAgain = async (): Promise<void> => {
    while (sessions.size > 0 && !isClosed) {
      await guarded('', sessions, lookAtList)
      for (const run of feeds.keys()) {
        const own = [...sessions].filter(({ follow, wall }) => follow?.run === run || wall?.run === run)
        if (own.length === 0) feeds.delete(run)
        else await guarded(run, own, () => lookAtRun(run))
      }
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, LOOK_EVERY)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    feeds.clear()
    isLooking = false
  }
  /** A disk that fails is said, and looked at again. */
  const guarded = async (key: string, told: Iterable<Session>, work: () => Promise<void>): Promise<void> => {
    try {
      await work()
      faults.delete(key)
    } catch (error) {
      const fault = messageOf(error)
      if (faults.get(key) === fault) return
      faults.set(key, fault)
      for (const { client } of told) client.send({ type: 'error', error: fault })
    }
  }
  const lookAtList = async (): Promise<void> => {
    const now = performance.now()
    if (now - lastBusy < BUSY_EVERY) return
    const isAll = now - lastAll >= ALL_EVERY
    lastBusy = now
    if (isAll) lastAll = now
    if (!(await list.refresh(isAll))) return
    for (const { client } of sessions) client.send({ type: 'runs', runs: [...list.runs] })
  }
  const lookAtRun = async (run: string): Promise<void> => {
    const feed = feeds.get(run) as RunFeed
    const kept = await feed.poll()
    for (const session of sessions) {
      if (session.follow?.run === run) tell(session.client, session.follow, feed, kept)
      if (session.wall?.run === run && feed.games) session.wall.player.offer(feed.games)
    }
  }
  const openFeed = (run: string): void => {
    const path = list.folderOf(run)
    if (path === undefined) throw new UserError(`there is no run ${quoted(run)}`)
    if (!feeds.has(run)) feeds.set(run, createRunFeed(path))
    wake()
  }
  const closeWall = (session: Session): void => {
    session.wall?.player.close()
    delete session.wall
  }
  const handle = (session: Session, order: Order): void => {
    switch (order.do) {
      case 'follow':
        openFeed(order.run)
        session.follow = { run: order.run, records: order.from }
        break
      case 'unfollow':
        delete session.follow
        break
      case 'wall':
        openFeed(order.run)
        closeWall(session)
        session.wall = { run: order.run, player: createWall(session.client, order.run) }
        session.wall.player.setSpeed(session.speed)
        break
      case 'no-wall':
        closeWall(session)
        break
      case 'speed':
        session.speed = order.stepsPerSecond
        session.wall?.player.setSpeed(order.stepsPerSecond)
        break
      case 'step':
        session.wall?.player.step()
        break
      default:
        order satisfies never
    }
  }
  return {
    async runs() {
      if (!isLooking) await list.refresh(true)
      return list.runs
    },
    folderOf: run => list.folderOf(run),
    connect(client) {
      const session: Session = { client, speed: DEFAULT_SPEED }
      sessions.add(session)
      if (!isLooking) {
        isLooking = true
        looking = lookAgain()
      }
      return {
        handle: order => handle(session, order),
        close() {
          closeWall(session)
          sessions.delete(session)
          if (sessions.size === 0) wake()
        },
      }
    },
    async close() {
      isClosed = true
      for (const session of sessions) closeWall(session)
      wake()
      await looking
    },
  }
}

/** Sends what a client does not have yet, as far as it takes it. `kept` records of the run are those of before. */
function tell(client: LiveClient, follow: Follow, feed: RunFeed, kept: number): void {
  const { records, progress } = feed
  const isCut = follow.records > Math.min(kept, records.length)
  if (isCut) follow.records = Math.min(kept, records.length)
  const now = JSON.stringify(progress)
  let isDue = isCut || follow.progress !== now
  while ((isDue || follow.records < records.length) && client.backlog <= MAX_BACKLOG) {
    const from = follow.records
    const part = records.slice(from, from + MAX_RECORDS)
    client.send({ type: 'records', run: follow.run, from, records: part, progress })
    follow.records += part.length
    follow.progress = now
    isDue = false
  }
}
