import type { Change, Journal } from '../../vault/storage/journal.ts'

/** Receives the changes of rows. */
export interface ChangeListener {
  changed(change: Change): void
  /** The changes in between are unknown: all cached rows must be discarded. */
  lost(): void
}

type Log = Pick<Journal, 'revision' | 'changesSince'>

/** Follows the store's revisions, so that cached rows are never older than the newest visible commit. */
export class ChangeFeed {
  readonly #store: Log
  readonly #listeners: readonly ChangeListener[]
  #revision = -1
  /** The next read of the revisions, which has not begun and which all callers of this turn share. */
  #nextLook: Promise<void> | undefined

  constructor(store: Log, listeners: readonly ChangeListener[]) {
    this.#store = store
    this.#listeners = listeners
  }

  /**
   * Call it before each decision. Resolves after a read of the store that began after this call. The read waits for the
   * end of all microtasks, so that all requests that start together share one (see Entrance). They then advance
   * together step by step, which costs far less than one after the other because the processor's caches are warm.
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
