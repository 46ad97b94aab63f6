import type { LogEvent, PlainFields } from './event.ts'

/** How long a repeated event is counted before its count is written: at first, and at most. It doubles from count to count. */
const FIRST_WINDOW_MS = 60_000
const LONGEST_WINDOW_MS = 16 * FIRST_WINDOW_MS

/** How many kinds of one message are told apart, and of all messages. Further ones of a message share one kind. */
const KINDS_OF_MESSAGE = 100
const KINDS = 1000

/** Differ with each request, and say nothing of what went wrong. */
const OF_THE_REQUEST: ReadonlySet<string> = new Set(['requestId', 'sourceIp'])

interface Kind {
  message: string
  /** The last event that was counted. */
  last: LogEvent | undefined
  count: number
  /** When the first event of the window came. */
  sinceMs: number
  windowMs: number
  endsMs: number
}

/**
 * Finds events that say the same again and again, as when a disk is full: the first of a kind is written at once, and the
 * others are counted. A kind is a level, a message, and those of its fields that are text: numbers are measurements. All
 * times are of one monotonic clock.
 */
export class Repeats {
  readonly #kinds = new Map<string, Kind>()
  readonly #ofMessage = new Map<string, number>()

  /** Whether to write the event now. Otherwise it is counted. */
  admits(event: LogEvent, nowMs: number): boolean {
    const name = this.#nameOf(event)
    if (name === undefined) return true
    const kind = this.#kinds.get(name)
    if (kind === undefined) {
      this.#begin(name, event, nowMs)
      return true
    }
    kind.count += 1
    if (kind.last === undefined) kind.sinceMs = event.timeMs
    kind.last = event
    return false
  }

  get isEmpty(): boolean {
    return this.#kinds.size === 0
  }

  /** The counts of the windows that have ended, as events to write. */
  due(nowMs: number): LogEvent[] {
    const events: LogEvent[] = []
    for (const [name, kind] of this.#kinds) {
      if (kind.endsMs > nowMs) continue
      if (kind.last === undefined) this.#forget(name, kind)
      else {
        events.push(counted(kind, kind.last))
        kind.windowMs = Math.min(2 * kind.windowMs, LONGEST_WINDOW_MS)
        kind.endsMs = nowMs + kind.windowMs
        kind.last = undefined
        kind.count = 0
      }
    }
    return events
  }

  /** All counts, for the end of the process. */
  rest(): LogEvent[] {
    const events = [...this.#kinds.values()].flatMap((kind) => (kind.last ? [counted(kind, kind.last)] : []))
    this.#kinds.clear()
    this.#ofMessage.clear()
    return events
  }

  /** Facts are not repeats: they have no kind when too many differ, and each is written. */
  #nameOf(event: LogEvent): string | undefined {
    const { level, message, fields } = event
    const name = JSON.stringify([level, message, identifying(fields)])
    if (this.#kinds.has(name)) return name
    const isCrowded = (this.#ofMessage.get(message) ?? 0) >= KINDS_OF_MESSAGE || this.#kinds.size >= KINDS
    if (!isCrowded) return name
    return level === 'info' ? undefined : JSON.stringify([level, message])
  }

  #begin(name: string, { message, timeMs }: LogEvent, nowMs: number): void {
    this.#ofMessage.set(message, (this.#ofMessage.get(message) ?? 0) + 1)
    const window = { windowMs: FIRST_WINDOW_MS, endsMs: nowMs + FIRST_WINDOW_MS, sinceMs: timeMs }
    this.#kinds.set(name, { message, last: undefined, count: 0, ...window })
  }

  #forget(name: string, { message }: Kind): void {
    this.#kinds.delete(name)
    const left = (this.#ofMessage.get(message) ?? 1) - 1
    if (left > 0) this.#ofMessage.set(message, left)
    else this.#ofMessage.delete(message)
  }
}

function identifying(fields: PlainFields): [string, unknown][] {
  return Object.entries(fields).filter(([name, value]) => typeof value === 'string' && !OF_THE_REQUEST.has(name))
}

/** A single repeat needs no count: it is written as it was. A stack is not written twice. */
function counted({ count, sinceMs }: Kind, last: LogEvent): LogEvent {
  const fields = Object.fromEntries(Object.entries(last.fields).filter(([name]) => !name.endsWith('Stack')))
  return { ...last, fields: { ...fields, repeated: count, since: new Date(sinceMs).toISOString() } }
}
