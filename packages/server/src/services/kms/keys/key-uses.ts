import { LastUses } from '../../../vault/records/last-uses.ts'
import type { Hierarchy } from '../../../vault/hierarchy/hierarchy.ts'
import type { KeyRecord, KeyUseRecord } from '../../../domain/keys/record.ts'
import type { Random } from '../../../platform/random.ts'
import type { Changeset } from '../../../vault/records/changeset.ts'
import { keyTable } from '../../../vault/records/key.ts'
import type { Records } from '../../../vault/records/records.ts'
import type { Row, Store } from '../../../vault/storage/store.ts'
import { rewriteKey } from '../multi-region/related-keys.ts'
import { readSetting, writeSetting } from '../../../vault/records/settings.ts'

interface Context {
  store: Store
  hierarchy: Hierarchy
  records: Records
  random: Random
}

/** Where a data folder remembers when it began to keep the uses of keys. */
const NAME = 'key-uses-since'

/** When each KMS key was last used, and since when anybody would know. */
export class KeyUses extends LastUses<KeyUseRecord> {
  readonly #sinceMs: number
  readonly #context: Context

  private constructor(sinceMs: number, context: Context) {
    super({ used: 'key', uses: 'key_use' }, context)
    this.#sinceMs = sinceMs
    this.#context = context
  }

  /** Opens what is known; the first to do so on a data folder begins to keep it. */
  static async open(nowMs: number, context: Context): Promise<KeyUses> {
    return new KeyUses((await readSince(context)) ?? (await beginAt(nowMs, context)), context)
  }

  /** Opens what is known for whoever only asks. Where nobody has begun to keep uses, nothing begins. */
  static async openToRead(nowMs: number, context: Context): Promise<KeyUses> {
    return new KeyUses((await readSince(context)) ?? nowMs, context)
  }

  /** A key's record says from its first use on that there is one, so that a removed row is no key without use. */
  protected override async requireUsed(row: Row, changes: Changeset): Promise<void> {
    const key = await this.#context.records.byId(keyTable, row.id)
    if (key === undefined || key.value.hasUses) changes.require(row)
    else rewriteKey(key, { hasUses: true }, changes)
  }

  /** Since when the uses of a key are kept. */
  trackedSince({ createdMs }: KeyRecord): number {
    return Math.max(createdMs, this.#sinceMs)
  }
}

async function readSince(context: Context): Promise<number | undefined> {
  const row = await readSetting(NAME, context)
  return row && Number(row.body)
}

/** A process that was faster decides. */
async function beginAt(nowMs: number, context: Context): Promise<number> {
  const written = await writeSetting(NAME, String(nowMs), undefined, context)
  return written ? nowMs : ((await readSince(context)) ?? nowMs)
}
