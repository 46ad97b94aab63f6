import type { Phase, SealStatus, Watched, WatchedFolder } from './watched.ts'

/** One thing that a server needs, or that an operator should know of. */
export interface Check {
  name: string
  ok: boolean
  /** Whether the server is not ready without it. */
  required: boolean
  /** Why not. */
  reason?: string
}

/** Whether a server can answer requests, and why not. */
export interface Health {
  ready: boolean
  checks: readonly Check[]
}

/** A database that takes longer to read one number answers no requests in time either. */
const STORE_TIMEOUT_MS = 2000

const PHASES: Readonly<Record<Exclude<Phase, 'serving'>, string>> = {
  starting: 'the server is starting',
  stopping: 'the server is stopping, and answers what it has begun',
}

const SEALS: Readonly<Record<SealStatus['state'], string>> = {
  open: '',
  sealed: 'the server is sealed',
  opening: 'the server is sealed, and tries to open the root of trust',
  sealing: 'the server is being sealed',
}

/**
 * Whether this server can answer requests. Not ready is what another server of the same keys, if there is one, would do better
 * at: a load balancer then sends requests there. A server that only works much is ready: taking it out would give its work to the
 * others, until they all are out. While it is sealed, nothing is known of its database and its audit log.
 */
export async function healthOf(watched: Watched): Promise<Health> {
  const folder = watched.open()
  const inFolder = folder ? [...(await Promise.all([store(folder), audit(folder)])), timeGuard(folder)] : []
  const checks = [listening(watched), ...inFolder, disk(watched), root(watched)]
  return { ready: checks.every(({ ok, required }) => ok || !required), checks }
}

function listening({ phase }: Watched): Check {
  const now = phase()
  return needed('listener', now === 'serving' ? undefined : PHASES[now])
}

async function store({ readStore }: WatchedFolder): Promise<Check> {
  const { promise: overdue, resolve } = Promise.withResolvers<string>()
  const timer = setTimeout(() => resolve('the database does not answer'), STORE_TIMEOUT_MS)
  const read = readStore().then(
    () => undefined,
    () => 'the database cannot be read',
  )
  try {
    return needed('store', await Promise.race([read, overdue]))
  } finally {
    clearTimeout(timer)
  }
}

async function audit({ audit: log }: WatchedFolder): Promise<Check> {
  return needed('audit', await log.refusal())
}

function disk({ isDiskScarce }: Watched): Check {
  return needed('disk', isDiskScarce() ? 'disk space is scarce: only administrative requests are answered' : undefined)
}

/** The reason names files and devices of the server, which only its operators are told: those who read its status. */
function root({ seal }: Watched): Check {
  const { state, reason } = seal()
  if (state === 'open') return needed('root', undefined)
  return needed('root', reason === undefined ? SEALS[state] : `${SEALS[state]}: ${reason}`)
}

/** Keys wait longer than they should, and nothing else is wrong: another server would do no better. */
function timeGuard({ keys }: WatchedFolder): Check {
  const overdue = keys.last?.overdueDeletions ?? 0
  const reason =
    `${overdue} key deletions wait beyond their date: ` +
    'a stop of the service does not count until you run `keyhold operator confirm-clock`'
  return { name: 'time guard', ok: overdue === 0, required: false, ...(overdue > 0 && { reason }) }
}

function needed(name: string, reason: string | undefined): Check {
  return { name, ok: reason === undefined, required: true, ...(reason !== undefined && { reason }) }
}
