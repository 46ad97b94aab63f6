import type { Change, Journal } from '../../vault/storage/journal.ts'

/** Who must hear of changed rows. */
export interface ChangeListener {
  changed(change: Change): void
  /** The changes in between are unknown: forget everything. */
  lost(): void
}

type Log = Pick<Journal, 'revision' | 'changesSince'>

/** Follows the store's revisions, so that what is cached is never older than the newest commit visible now. */
export class ChangeFeed {
  readonly #store: Log
  readonly #listeners: readonly ChangeListener[]
  #revision = -1
  /** The look that whoever calls now shares, as it has not begun. */
  #nextLook: Promise<void> | undefined

  constructor(store: Log, listeners: readonly ChangeListener[]) {
    this.#store = store
    this.#listeners = listeners
  }

  /**
   * Call before each decision. Resolves when a look at the store that began after this call has been taken in. The look
   * waits for the end of all microtasks, so that all requests which begin together share one (see Entrance). From there they
   * go step by step together, which costs far less than one after the other: the processor's caches are warm.
   */
  catchUp(): Promise<void> {
    this.#nextLook ??= this.#look()
    return this.#nextLook
  }

  async #look(): Promise<void> {
    await endOfMicrotasks()
    this.#nextLook = undefined
    const answer = this.#store.revision()
    const revision = typeof answer === 'number' ? answer : await answer
    if (revision !== this.#revision) await this.#apply(revision)
  }

  async #apply(revision: number): Promise<void> {
    const changes = this.#revision < 0 ? undefined : await this.#store.changesSince(this.#revision)
    for (const listener of this.#listeners) {
      if (changes === undefined) listener.lost()
      else for (const change of changes) listener.changed(change)
    }
    this.#revision = revision
  }
}

function endOfMicrotasks(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}
