import type { Change, Store } from '../storage/store.ts'

/** Who must hear of changed rows. */
export interface ChangeListener {
  changed(change: Change): void
  /** The changes in between are unknown: forget everything. */
  lost(): void
}

/** Follows the store's revisions, so that what is cached is never older than the newest commit visible now. */
export class ChangeFeed {
  readonly #store: Store
  readonly #listener: ChangeListener
  #revision = -1

  constructor(store: Store, listener: ChangeListener) {
    this.#store = store
    this.#listener = listener
  }

  /** Call before each decision. Costs one cheap look at the store while nothing changed. */
  async catchUp(): Promise<void> {
    const answer = this.#store.revision()
    const revision = typeof answer === 'number' ? answer : await answer
    if (revision !== this.#revision) await this.#apply(revision)
  }

  async #apply(revision: number): Promise<void> {
    const changes = this.#revision < 0 ? undefined : await this.#store.changesSince(this.#revision)
    if (changes === undefined) this.#listener.lost()
    else for (const change of changes) this.#listener.changed(change)
    this.#revision = revision
  }
}
