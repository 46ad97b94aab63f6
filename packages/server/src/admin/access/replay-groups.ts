import type { AuditRecord } from '../../audit/record.ts'
import { reasonSentence } from '../../domain/policy/reasons.ts'
import type { Decided } from '../../execution/authorizer/decided.ts'

/** What changes for a request. */
export type Outcome = 'breaks' | 'allows' | 'deniedAnyway'

/** Requests of one caller for one action with the same reason. */
export interface ReplayGroup {
  /** For a session, its role; for a federated user, the calling user; for a user, the current name. */
  caller: string
  action: string
  count: number
  first: string
  last: string
  /** The result of the proposed policy. */
  reason: string
  sentence: string
  /** One of the requests, for `access explain`. */
  requestId: string
}

/** The maximum number of groups that are distinguished. */
const MAX_GROUPS = 10_000

/** Counts the outcomes of requests, in bounded memory. */
export class ReplayCounts {
  readonly #groups: Readonly<Record<Outcome, Map<string, ReplayGroup>>> = {
    breaks: new Map(),
    allows: new Map(),
    deniedAnyway: new Map(),
  }
  readonly #ungrouped: Record<Outcome, number> = { breaks: 0, allows: 0, deniedAnyway: 0 }
  readonly #maxGroups: number
  #decisions = 0
  #unchanged = 0
  #callersGone = 0
  #cut = 0

  constructor(maxGroups = MAX_GROUPS) {
    this.#maxGroups = maxGroups
  }

  add(
    record: AuditRecord,
    { outcome, decided }: { outcome: Outcome | 'unchanged' | 'callersGone' | 'cut'; decided?: Decided },
  ): void {
    this.#decisions += 1
    if (outcome === 'callersGone') this.#callersGone += 1
    else if (outcome === 'cut') this.#cut += 1
    else if (outcome === 'unchanged' || decided === undefined) this.#unchanged += 1
    else this.#count(record, outcome, decided)
  }

  report(): {
    decisions: number
    unchanged: number
    callersGone: number
    cut: number
    ungrouped: Record<Outcome, number>
  } & Record<Outcome, ReplayGroup[]> {
    return {
      decisions: this.#decisions,
      unchanged: this.#unchanged,
      breaks: [...this.#groups.breaks.values()],
      allows: [...this.#groups.allows.values()],
      deniedAnyway: [...this.#groups.deniedAnyway.values()],
      callersGone: this.#callersGone,
      cut: this.#cut,
      ungrouped: this.#ungrouped,
    }
  }

  #count(record: AuditRecord, outcome: Outcome, { action, request, decision: { reason } }: Decided): void {
    const groups = this.#groups[outcome]
    const caller = request.principal.role?.arn ?? request.principal.arn
    const id = `${caller} ${action} ${reason}`
    const time = new Date(record.timeMs).toISOString()
    const group = groups.get(id)
    if (group !== undefined) {
      group.count += 1
      group.last = time
    } else if (groups.size >= this.#maxGroups) this.#ungrouped[outcome] += 1
    else {
      const { requestId } = record
      const sentence = reasonSentence(reason)
      groups.set(id, { caller, action, count: 1, first: time, last: time, reason, sentence, requestId })
    }
  }
}
