import type { Auditor } from '../audit/auditor.ts'
import { commitRecorded } from '../audit/commit-recorded.ts'
import type { AuditOperator, AuditRecord } from '../audit/record.ts'
import { accountOfFolder } from '../identity/directory/operators-account.ts'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/logger.ts'
import type { Random } from '../platform/random.ts'
import { Changeset } from '../vault/records/changeset.ts'
import type { DomainRotations, DomainState, Moved, RotationChange } from '../vault/records/domain-rotations.ts'
import type { Records } from '../vault/records/records.ts'
import { WaitOver } from '../vault/records/wait-over.ts'
import { readSeenTime } from '../vault/records/waits.ts'
import type { Journal } from '../vault/storage/journal.ts'
import { isDatabaseSound } from './sound-database.ts'
import type { TimeGuard } from './time-guard.ts'

/** What beginning a rotation needs. */
export interface BeginContext {
  rotations: DomainRotations
  records: Records
  auditor: Auditor
  random: Random
  clock: Clock
  logger: Logger
}

/** What the job needs. */
export interface DomainRotationContext extends BeginContext {
  store: Journal
  guard: Pick<TimeGuard, 'judge'>
  /** Ends a run between two steps. */
  stopping?: AbortSignal
  /** After how many days a domain gets its next generation; 0: only when an operator asks for it. */
  everyDays: number
}

const DAY_MS = 86_400_000
/** How long the service must have run with a generation: wall time alone, which can jump, replaces none. */
const MIN_SEEN_MS = DAY_MS
/** How long rows that cannot be moved are left alone: each attempt reads the whole database. */
const REFUSED_AGAIN_MS = 10 * 60_000
/** CloudTrail records what belongs to no Region in this one. */
const GLOBAL_REGION = 'us-east-1'
/** Of folders without any account, in which nothing is recorded for anyone. */
const NO_ACCOUNT = '000000000000'

/**
 * Gives a domain its next generation, with the record of it, by an operator or by schedule. Returns the number; `undefined`
 * if the domain has no key, and `lost` if another process was faster.
 */
export async function beginRotation(
  domain: string,
  by: { operator?: AuditOperator },
  context: BeginContext,
): Promise<number | 'lost' | undefined> {
  const { rotations, clock } = context
  const changes = new Changeset()
  const seen = (await readSeenTime(context))?.seen
  const begun = await rotations.begin(domain, { nowMs: clock.now(), seen }, changes)
  if (begun === undefined) return undefined
  const record = await recordOf('RotateDomain', { domain, generation: begun.generation }, by, context)
  const committed = await recorded(changes, record, begun.change, context)
  if (committed) context.logger.info('a domain has another key', { domain, generation: begun.generation })
  return committed ? begun.generation : 'lost'
}

/**
 * Brings rotations of domain keys to their end, whichever process began them, and begins those that the schedule asks for. What
 * there is to do is read from the rows, so that nothing is lost with a process.
 */
export class DomainRotationJob {
  readonly #context: DomainRotationContext
  /** Complete passes of this process: there is nothing to move before the next generation. */
  readonly #passed = new Map<string, { generation: number; refusedUntilMs?: number }>()

  constructor(context: DomainRotationContext) {
    this.#context = context
  }

  async run(): Promise<void> {
    const { rotations, stopping } = this.#context
    for (const state of await rotations.states()) {
      if (stopping?.aborted === true) return
      if (state.retired.length > 0) await this.#goOn(state)
      else if (await this.#isDue(state)) await beginRotation(state.domain, {}, this.#context)
    }
  }

  /** Moves what there is to move, and destroys the retired generations that nothing needs any more. */
  async #goOn(state: DomainState): Promise<void> {
    const { rotations, guard, clock, logger } = this.#context
    const verdicts = await Promise.all(state.retired.map(({ retired }) => guard.judge(retired?.wait)))
    const unseen = state.retired.filter((_, index) => verdicts[index] === 'unseen')
    if (unseen.length > 0 && (await rotations.waitAgain(unseen, clock.now()))) {
      logger.warn('how long a replaced domain key has waited is unknown: it waits from now', { domain: state.domain })
    }
    const over = state.retired.filter((_, index) => verdicts[index] instanceof WaitOver)
    if (!this.#mustMove(state, over.length > 0)) return
    const moved = await rotations.move(state.domain, this.#context)
    this.#note(state, moved)
    if (moved.complete && moved.refused === 0 && over.length > 0) await this.#end({ ...state, retired: over })
  }

  #mustMove({ domain, newest }: DomainState, toDestroy: boolean): boolean {
    const passed = this.#passed.get(domain)
    if (passed?.generation !== newest.generation) return true
    if (passed.refusedUntilMs !== undefined) return this.#context.clock.monotonic() >= passed.refusedUntilMs
    return toDestroy
  }

  #note({ domain, newest: { generation } }: DomainState, { rows, refused, complete }: Moved): void {
    const { clock, logger } = this.#context
    if (rows > 0) logger.info('rows were moved to the newest key of their domain', { domain, generation, rows })
    if (!complete) return
    if (refused === 0) this.#passed.set(domain, { generation })
    else {
      this.#passed.set(domain, { generation, refusedUntilMs: clock.monotonic() + REFUSED_AGAIN_MS })
      logger.error('rows that are not authentic keep a replaced domain key from being destroyed', { domain, refused })
    }
  }

  /** As before everything that cannot be undone, the whole database must agree with its ledger. */
  async #end({ domain, retired }: DomainState): Promise<void> {
    const { rotations, guard, logger, stopping } = this.#context
    if (!(await isDatabaseSound(this.#context, stopping))) return
    const changes = new Changeset()
    for (const one of retired) {
      const verdict = await guard.judge(one.retired?.wait)
      if (!(verdict instanceof WaitOver)) return
      verdict.requireIn(changes)
    }
    const generations = retired.map(({ generation }) => generation)
    const record = await recordOf('DestroyDomainKey', { domain, generations }, {}, this.#context)
    if (!(await recorded(changes, record, rotations.end(retired), this.#context))) return
    logger.info('replaced keys of a domain were destroyed', { domain, generations: generations.join(', ') })
  }

  async #isDue({ domain, newest }: DomainState): Promise<boolean> {
    const { everyDays, clock, records } = this.#context
    if (everyDays === 0) return false
    const madeMs = newest.madeMs ?? (await accountOfFolder({ records }))?.sinceMs ?? clock.now()
    if (clock.now() - madeMs < everyDays * DAY_MS) return false
    const seen = (await readSeenTime({ records }))?.seen
    const since = newest.madeSeen?.clock === seen?.clock ? (newest.madeSeen?.seenMs ?? 0) : 0
    if (seen === undefined || seen.seenMs - since < MIN_SEEN_MS) return false
    this.#context.logger.info('a domain gets another key, as its key is old', { domain })
    return true
  }
}

/** How old the keys of domains are, for those who watch the service. */
export interface DomainAge {
  domain: string
  generation: number
  ageMs: number
  /** Older generations that are still there. */
  retired: number
  /** How long ago the oldest of them was replaced. */
  rotatingMs?: number
}

/** Every domain. A key that does not say when it was made is as old as the folder. */
export async function domainAges({
  rotations,
  records,
  clock,
}: Pick<BeginContext, 'rotations' | 'records' | 'clock'>): Promise<DomainAge[]> {
  const [states, folder] = await Promise.all([rotations.states(), accountOfFolder({ records })])
  const nowMs = clock.now()
  return states.map(({ domain, newest: { generation, madeMs }, retired }) => {
    const ageMs = Math.max(0, nowMs - (madeMs ?? folder?.sinceMs ?? nowMs))
    const replacedMs = Math.min(...retired.map((one) => one.retired?.atMs ?? nowMs))
    const rotating = retired.length > 0 && { rotatingMs: Math.max(0, nowMs - replacedMs) }
    return { domain, generation, ageMs, retired: retired.length, ...rotating }
  })
}

function recorded(
  changes: Changeset,
  record: AuditRecord,
  { commit }: RotationChange,
  context: BeginContext,
): Promise<boolean> {
  return commitRecorded(changes, [record], { ...context, records: { commit } })
}

async function recordOf(
  operation: 'RotateDomain' | 'DestroyDomainKey',
  request: { domain: string } & Record<string, unknown>,
  { operator }: { operator?: AuditOperator },
  { random, clock, records }: BeginContext,
): Promise<AuditRecord> {
  return {
    eventId: random.uuid(),
    requestId: random.uuid(),
    timeMs: clock.now(),
    kind: 'service',
    service: 'kms',
    operation,
    region: request.domain === 'global' ? GLOBAL_REGION : request.domain,
    accountId: (await accountOfFolder({ records }))?.accountId ?? NO_ACCOUNT,
    ...(operator && { operator }),
    sourceIp: 'AWS Internal',
    userAgent: 'AWS Internal',
    readOnly: false,
    request,
    resources: [],
  }
}
