import type { DomainAge } from '../../jobs/domain-rotation.ts'
import type { Metric, Metrics, Sample } from '../../platform/metrics.ts'
import { REFUSALS, REQUEST_SECONDS, REQUESTS } from '../http/request-meter.ts'
import type { Census } from './facts/key-census.ts'
import { loopBusySeconds, openFiles } from './facts/process-facts.ts'
import type { CacheUse, Watched, WatchedFolder } from './watched.ts'

/** A metric that is read from what a server knows, when it is asked for. */
interface Fact extends Metric {
  read(watched: Watched): Iterable<Sample> | Promise<Iterable<Sample>>
}

type Value = number | undefined

/** A metric without labels. A value that is not known is left out. */
function single(kind: 'counter' | 'gauge') {
  return (name: string, help: string, value: (watched: Watched) => Value | Promise<Value>): Fact => ({
    name,
    kind,
    help,
    labels: {},
    read: async (watched) => {
      const known = await value(watched)
      return known === undefined ? [] : [{ labels: {}, value: known }]
    },
  })
}

const gauge = single('gauge')
const counter = single('counter')

/** A metric with one label. */
function labelled(
  kind: 'counter' | 'gauge',
  [label, meaning]: readonly [string, string],
  name: string,
  help: string,
  values: (watched: Watched) => readonly (readonly [string, number])[],
): Fact {
  return {
    name,
    kind,
    help,
    labels: { [label]: meaning },
    read: (watched) => values(watched).map(([of, value]) => ({ labels: { [label]: of }, value })),
  }
}

/** A metric without labels of the open data folder; absent while it is sealed. */
function ofFolder(kind: 'counter' | 'gauge') {
  return (name: string, help: string, value: (folder: WatchedFolder) => Value | Promise<Value>): Fact =>
    single(kind)(name, help, (watched) => {
      const folder = watched.open()
      return folder && value(folder)
    })
}

const folderGauge = ofFolder('gauge')
const folderCounter = ofFolder('counter')

const seconds = (ms: Value): Value => (ms === undefined ? undefined : ms / 1000)

/** A metric of the last count of keys; absent before the first. */
function ofKeys(name: string, help: string, value: (census: Census) => Value): Fact {
  return folderGauge(name, help, ({ keys }) => keys.last && value(keys.last))
}

const QUEUE = ['queue', '`requests`: before their turn; `cryptography`: for a thread; `audit`: for the disk'] as const
const CACHE = ['cache', '`records`: what is read from the database; `key_material`: unwrapped keys'] as const

function queues(folder: WatchedFolder | undefined): [string, number][] {
  if (folder === undefined) return []
  const { waitingRequests, cryptography, audit } = folder
  return [
    ['requests', waitingRequests()],
    ['cryptography', cryptography.load.waiting],
    ['audit', audit.load.waitingLines],
  ]
}

function caches(folder: WatchedFolder | undefined): [string, CacheUse][] {
  return folder ? Object.entries(folder.caches()) : []
}

const REQUEST_FACTS: readonly Fact[] = [
  labelled(
    'gauge',
    ['phase', '`silent`, `unfinished`, `receiving`, `working` or `idle`'],
    'keyhold_connections',
    'Open connections of clients, by what they do.',
    ({ connections }) => Object.entries(connections()),
  ),
  labelled('gauge', QUEUE, 'keyhold_queue_waiting', 'What waits.', (watched) => queues(watched.open())),
  folderGauge(
    'keyhold_cryptography_running',
    'Slow computations that run in threads.',
    ({ cryptography }) => cryptography.load.running,
  ),
  labelled('counter', CACHE, 'keyhold_cache_hits_total', 'What a cache had when it was needed.', (watched) =>
    caches(watched.open()).map(([name, { hits }]) => [name, hits]),
  ),
  labelled('counter', CACHE, 'keyhold_cache_misses_total', 'What a cache did not have.', (watched) =>
    caches(watched.open()).map(([name, { misses }]) => [name, misses]),
  ),
]

const STORAGE_FACTS: readonly Fact[] = [
  folderGauge(
    'keyhold_audit_lag_seconds',
    'For how long the oldest audit record has waited for the disk.',
    ({ audit }) => seconds(audit.load.lagMs),
  ),
  folderCounter(
    'keyhold_audit_lines_total',
    'Lines of the audit log that this process wrote.',
    ({ audit }) => audit.load.writtenLines,
  ),
  folderCounter(
    'keyhold_audit_written_bytes_total',
    'Bytes of the audit log that this process wrote.',
    ({ audit }) => audit.load.writtenBytes,
  ),
  folderGauge(
    'keyhold_audit_writable',
    '1 while audit records can be written; else every request is refused.',
    async ({ audit }) => ((await audit.refusal()) === undefined ? 1 : 0),
  ),
  gauge('keyhold_audit_bytes', 'Size of the audit log, measured every ten minutes.', (w) => w.disk.use?.auditBytes),
  gauge(
    'keyhold_database_bytes',
    'Size of the database, measured every ten minutes.',
    (w) => w.disk.use?.databaseBytes,
  ),
  gauge('keyhold_disk_free_bytes', 'Free space on the disk of the data folder.', ({ disk }) => disk.freeBytes()),
  gauge(
    'keyhold_disk_left_days',
    'Days until the disk is full if database and audit log grow as in the last day. Absent in the first hour.',
    ({ disk }) => disk.daysLeft(),
  ),
  gauge('keyhold_disk_scarce', '1 while only administrative requests are answered, for want of disk space.', (w) =>
    w.isDiskScarce() ? 1 : 0,
  ),
]

function states(last: Census | undefined): [string, number][] {
  return last ? [...Object.entries(last.states), ['NotAuthentic', last.notAuthentic]] : []
}

const KEY_FACTS: readonly Fact[] = [
  labelled(
    'gauge',
    ['state', 'the state of a key as KMS names it, or `NotAuthentic` for a row that Keyhold did not write'],
    'keyhold_keys',
    'Keys by state.',
    (watched) => states(watched.open()?.keys.last),
  ),
  ofKeys('keyhold_keys_counted_timestamp_seconds', 'When the keys were counted.', (keys) => seconds(keys.countedMs)),
  ofKeys('keyhold_key_deletion_next_timestamp_seconds', 'When the next key is deleted, if one is to be.', (keys) =>
    seconds(keys.nextDeletionMs),
  ),
  ofKeys(
    'keyhold_key_deletions_overdue',
    'Keys whose deletion waits beyond its date, as after a stop that no operator confirmed.',
    (keys) => keys.overdueDeletions,
  ),
  ofKeys('keyhold_keys_rotating', 'Keys with automatic rotation.', (keys) => keys.rotating),
  ofKeys('keyhold_key_rotation_next_timestamp_seconds', 'When the next key rotates, if one is to.', (keys) =>
    seconds(keys.nextRotationMs),
  ),
  ofKeys('keyhold_key_rotations_overdue', 'Keys that were to rotate and did not yet.', (keys) => keys.overdueRotations),
  ofKeys(
    'keyhold_imported_material_expiry_next_timestamp_seconds',
    'When the next imported key material expires, if one does.',
    (keys) => seconds(keys.nextExpiryMs),
  ),
]

/** A metric of each domain; absent while the server is sealed, or where it is not known. */
function ofDomains(name: string, help: string, value: (age: DomainAge) => Value): Fact {
  return {
    name,
    kind: 'gauge',
    help,
    labels: { domain: 'a Region, or `global`' },
    read: async ({ open }) => {
      const ages = (await open()?.domainKeys()) ?? []
      return ages.flatMap((age) => {
        const known = value(age)
        return known === undefined ? [] : [{ labels: { domain: age.domain }, value: known }]
      })
    },
  }
}

const DOMAIN_FACTS: readonly Fact[] = [
  ofDomains('keyhold_domain_key_age_seconds', 'How old the key is that seals what is stored.', ({ ageMs }) =>
    seconds(ageMs),
  ),
  ofDomains(
    'keyhold_domain_rotation_seconds',
    'For how long a rotation has been under way: since a key was replaced that is not destroyed yet. Absent while none is.',
    ({ rotatingMs }) => seconds(rotatingMs),
  ),
]

const BACKUP_FACTS: readonly Fact[] = [
  folderGauge(
    'keyhold_backup_last_timestamp_seconds',
    'When the newest backup that is known was made; 0 before the first.',
    async ({ backups }) => seconds((await backups()).madeMs),
  ),
  folderGauge(
    'keyhold_backup_drill_last_timestamp_seconds',
    'When a backup was last opened with the recovery copy, by `keyhold operator drill`; 0 before the first time.',
    async ({ backups }) => seconds((await backups()).drilledMs),
  ),
]

const PROCESS_FACTS: readonly Fact[] = [
  {
    name: 'keyhold_build_info',
    kind: 'gauge',
    help: 'Always 1.',
    labels: { version: 'of Keyhold', node: 'the version of Node.js' },
    read: ({ version }) => [{ labels: { version, node: process.versions.node }, value: 1 }],
  },
  gauge(
    'keyhold_serving',
    '1 while requests are answered, 0 while the server starts or stops, or is sealed.',
    ({ phase, open }) => (phase() === 'serving' && open() ? 1 : 0),
  ),
  gauge('keyhold_unsealed', '1 while the root of trust is open; 0 while the server is sealed.', ({ seal }) =>
    seal().state === 'open' ? 1 : 0,
  ),
  folderGauge(
    'keyhold_unconfirmed_stops',
    'Stops that waiting periods do not count: `keyhold operator confirm-clock`.',
    (w) => w.unconfirmedStops(),
  ),
  labelled(
    'gauge',
    ['certificate', 'as configured'],
    'keyhold_certificate_expiry_timestamp_seconds',
    'When a TLS certificate of the server expires.',
    ({ certificates }) => certificates().map(({ name, notAfterMs }) => [name, notAfterMs / 1000]),
  ),
  labelled(
    'gauge',
    ['of', '`mean`, `p99` or `max`'],
    'keyhold_event_loop_delay_seconds',
    'How late the event loop ran what was due, in the last ten seconds.',
    ({ loop: { last } }) =>
      last
        ? [
            ['mean', last.meanSeconds],
            ['p99', last.p99Seconds],
            ['max', last.maxSeconds],
          ]
        : [],
  ),
  counter('keyhold_event_loop_busy_seconds_total', 'For how long the event loop has worked.', () => loopBusySeconds()),
  counter('process_cpu_seconds_total', 'CPU time of the process, all threads.', () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1e6
  }),
  gauge('process_resident_memory_bytes', 'Memory of the process.', () => process.memoryUsage.rss()),
  gauge('process_open_fds', 'Open file descriptors.', async () => (await openFiles()).open),
  gauge('process_max_fds', 'How many file descriptors the process can open.', async () => (await openFiles()).limit),
  gauge('process_start_time_seconds', 'When the server started.', ({ startedMs }) => startedMs / 1000),
]

const FACTS: readonly Fact[] = [
  ...REQUEST_FACTS,
  ...STORAGE_FACTS,
  ...KEY_FACTS,
  ...DOMAIN_FACTS,
  ...BACKUP_FACTS,
  ...PROCESS_FACTS,
]

/** Every metric of the server. */
export const METRICS: readonly Metric[] = [REQUESTS, REQUEST_SECONDS, REFUSALS, ...FACTS]

/** Makes what a server knows readable as metrics. */
export function readFacts(watched: Watched, metrics: Metrics): void {
  for (const fact of FACTS) metrics.read(fact, () => fact.read(watched))
}
