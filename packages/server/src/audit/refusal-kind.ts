import type { AuditRecord } from './record.ts'

/** What is kept of the last counted request: nothing that its caller could make large. */
type Last = Pick<AuditRecord, 'requestId' | 'timeMs' | 'sourceIp' | 'userAgent'>

/** Refused requests of one kind in a window: the first, which is recorded in full, and the number of the others. */
export class CountedKind {
  readonly first: Pick<AuditRecord, 'requestId' | 'eventId'>
  /** Settles when the first record is written. */
  readonly written: Promise<void>
  readonly #shared: Omit<AuditRecord, keyof Last | 'eventId'>
  #count = 0
  #firstTimeMs = 0
  #last: Last | undefined
  #isWritten = false

  /**
   * `shared` says what the other requests have in common with the first. Anything but `all` means that they are of
   * several kinds.
   */
  constructor(first: AuditRecord, written: Promise<void>, shared: 'all' | 'caller' | 'account') {
    this.first = { requestId: first.requestId, eventId: first.eventId }
    this.written = written.then(() => void (this.#isWritten = true))
    this.#shared = shared === 'all' ? common(first) : mixed(first, shared)
  }

  count({ timeMs, sourceIp, userAgent }: AuditRecord, requestId: string): void {
    if (this.#count === 0) this.#firstTimeMs = timeMs
    this.#count += 1
    this.#last = { requestId, timeMs, sourceIp, userAgent }
  }

  /** Returns the record of the counted requests, or `undefined` if there are none or the first was never written. */
  record(eventId: string): AuditRecord | undefined {
    if (this.#last === undefined || !this.#isWritten) return undefined
    const counted = {
      count: this.#count,
      firstTimeMs: this.#firstTimeMs,
      lastTimeMs: this.#last.timeMs,
      first: this.first,
    }
    return { eventId, ...this.#last, ...this.#shared, counted }
  }
}

function common(first: AuditRecord): Omit<AuditRecord, keyof Last | 'eventId'> {
  const { kind, service, operation, region, accountId, caller, readOnly, resources, error } = first
  return {
    kind,
    service,
    operation,
    region,
    accountId,
    caller,
    readOnly,
    resources,
    error: { code: error?.code ?? '' },
  }
}

function mixed(first: AuditRecord, shared: 'caller' | 'account'): Omit<AuditRecord, keyof Last | 'eventId'> {
  const { caller, ...rest } = common(first)
  return {
    ...rest,
    ...(shared === 'caller' && { caller }),
    operation: 'Other',
    readOnly: true,
    resources: [],
    error: { code: 'Other' },
  }
}

/** The common characters in the request ids of one kind: 60 random bits of a version 4 UUID. */
const SHARED_CHARACTERS = 18

/**
 * Returns the id of a request that is only counted. It begins like the id of the first request of its kind, which is in
 * the log, and ends differently. A reader who has the id can find that record, and the log need not contain every id.
 */
export function likeRequestId(first: string, own: string): string {
  return first.slice(0, SHARED_CHARACTERS) + own.slice(SHARED_CHARACTERS)
}

/** Returns the common beginning of all request ids of a kind, or `undefined` if the text is not a request id. */
export function beginningOfKind(requestId: string): string | undefined {
  return UUID.test(requestId) ? requestId.slice(0, SHARED_CHARACTERS) : undefined
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
