import type { LogFields, Logger } from '../logger.ts'

/** What to log when something begins, and when it is over. Constant texts. */
interface Texts {
  began: string
  ended: string
}

/** Something that lasts, such as a full disk: it is logged when it begins, and again when it is over. */
export class Condition {
  readonly #logger: Logger
  readonly #texts: Texts
  #holds = false
  #times = 0

  constructor(logger: Logger, texts: Texts) {
    this.#logger = logger
    this.#texts = texts
  }

  get holds(): boolean {
    return this.#holds
  }

  /** How often it has begun. */
  get times(): number {
    return this.#times
  }

  begin(fields?: LogFields): void {
    if (this.#holds) return
    this.#holds = true
    this.#times += 1
    this.#logger.error(this.#texts.began, fields)
  }

  end(fields?: LogFields): void {
    if (!this.#holds) return
    this.#holds = false
    this.#logger.warn(this.#texts.ended, fields)
  }
}
