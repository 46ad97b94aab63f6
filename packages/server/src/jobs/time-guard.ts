import type { Clock } from '../platform/clock.ts'

/** A clock that is set by hand or by NTP moves less than this in one step. */
const MAX_JUMP_MS = 10 * 60_000

/** A time that somebody vouched for, remembered across restarts. */
export interface TimeMemory {
  load(): Promise<number | undefined>
  save(wallMs: number): Promise<void>
}

/**
 * Says whether wall time may be trusted with what cannot be undone. Wall time that runs ahead of monotonic time, or of
 * the time that was last remembered, by more than ten minutes may be a mistake or an attack that makes waiting
 * periods end early: then irreversible jobs wait until an operator confirms the time.
 */
export class TimeGuard {
  readonly #clock: Clock
  readonly #memory: TimeMemory
  #wallMs: number | undefined
  #monotonicMs = 0

  constructor(clock: Clock, memory: TimeMemory) {
    this.#clock = clock
    this.#memory = memory
  }

  /** Resolves to the trusted wall time, or to `undefined` while it is not trusted. */
  async trustedNow(): Promise<number | undefined> {
    const remembered = await this.#memory.load()
    const now = this.#clock.now()
    const expected = this.#expected(remembered)
    if (expected !== undefined && now - expected > MAX_JUMP_MS) return undefined
    await this.#remember(now, remembered)
    return now
  }

  /** What the time should be, as far as anything here can say: the later of what ran on and what was confirmed. */
  #expected(remembered: number | undefined): number | undefined {
    if (this.#wallMs === undefined) return remembered
    return Math.max(this.#wallMs + this.#clock.monotonic() - this.#monotonicMs, remembered ?? 0)
  }

  async #remember(now: number, remembered: number | undefined): Promise<void> {
    this.#wallMs = now
    this.#monotonicMs = this.#clock.monotonic()
    if (remembered === undefined || now - remembered > SAVE_EVERY_MS) await this.#memory.save(now)
  }
}

const SAVE_EVERY_MS = 60_000
