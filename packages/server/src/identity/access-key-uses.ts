import type { Hierarchy } from '../hierarchy/hierarchy.ts'
import type { Random } from '../platform/random.ts'
import { Changeset } from '../storage/changeset.ts'
import type { Row, Store } from '../storage/store.ts'
import { identityRow } from './identity-row.ts'
import type { AccessKeyUseRecord } from './records.ts'

interface Dependencies {
  store: Store
  hierarchy: Hierarchy
  random: Random
}

/** Keys in one commit: what bounds the time that it holds the write lock. */
const KEYS_PER_COMMIT = 100

/**
 * When and for what each access key was last used. A use costs the request that makes it nothing but a Map entry;
 * {@link AccessKeyUses.flush} writes down what was gathered, and a crash forgets the uses since it last did.
 */
export class AccessKeyUses {
  readonly #dependencies: Dependencies
  /** Bounded by the keys that there are: only authenticated ones are noted. */
  readonly #noted = new Map<string, AccessKeyUseRecord>()

  constructor(dependencies: Dependencies) {
    this.#dependencies = dependencies
  }

  /** Notes a request that was authenticated with a stored access key. */
  note(accessKeyId: string, service: string, region: string, nowMs: number): void {
    this.#noted.set(accessKeyId, { usedMs: nowMs, region, service })
  }

  /** The last use that is known: noted in this process, or written down by any. */
  async lastUse(accessKeyId: string): Promise<AccessKeyUseRecord | undefined> {
    const { store, hierarchy } = this.#dependencies
    const row = await store.get('access_key_use', accessKeyId)
    const written = row && readUse(await hierarchy.verify(row))
    const noted = this.#noted.get(accessKeyId)
    return noted && (written === undefined || noted.usedMs >= written.usedMs) ? noted : written
  }

  /** Writes down what was noted. What another process changed meanwhile stays noted, for the next time. */
  async flush(): Promise<void> {
    const uses = [...this.#noted]
    for (let start = 0; start < uses.length; start += KEYS_PER_COMMIT) {
      await this.#write(uses.slice(start, start + KEYS_PER_COMMIT))
    }
  }

  async #write(uses: readonly [string, AccessKeyUseRecord][]): Promise<void> {
    const { store, random } = this.#dependencies
    const changes = new Changeset()
    for (const [accessKeyId, use] of uses) await this.#add(accessKeyId, use, changes)
    if (!changes.isEmpty && !(await store.commit(changes.commit(random.uuid(), []))).committed) return
    for (const [accessKeyId, use] of uses) {
      // A use that was noted meanwhile is another one, and waits.
      if (this.#noted.get(accessKeyId) === use) this.#noted.delete(accessKeyId)
    }
  }

  /** Of a key that was deleted nothing is written, also when that happens before the commit. */
  async #add(accessKeyId: string, use: AccessKeyUseRecord, changes: Changeset): Promise<void> {
    const { store, hierarchy } = this.#dependencies
    const key = await store.get('access_key', accessKeyId)
    if (key === undefined) return
    const written = await store.get('access_key_use', accessKeyId)
    changes.require(key)
    const version = (written?.version ?? 0) + 1
    changes.update(
      await hierarchy.authenticate(identityRow('access_key_use', accessKeyId, key.owner, use, { version })),
    )
  }
}

function readUse(row: Row): AccessKeyUseRecord {
  return JSON.parse(row.body) as AccessKeyUseRecord
}
