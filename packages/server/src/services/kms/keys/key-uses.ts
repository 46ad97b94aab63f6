import type { KeyRecord, KeyUseRecord } from '../../../domain/keys/record.ts'
import type { Authentic } from '../../../vault/records/authentic.ts'
import { Changeset } from '../../../vault/records/changeset.ts'
import { keyTable } from '../../../vault/records/key.ts'
import { keyUseTable, type StoredKeyUse } from '../../../vault/records/key-use.ts'
import { LastUses } from '../../../vault/records/last-uses.ts'
import type { Records } from '../../../vault/records/records.ts'
import { settingTable } from '../../../vault/records/setting.ts'
import { rewriteKey } from '../multi-region/related-keys.ts'

interface Context {
  records: Records
}

/** Where a data folder remembers when it began to keep the uses of keys. */
const NAME = 'key-uses-since'

/** When each KMS key was last used, and since when uses are tracked. */
export class KeyUses extends LastUses<KeyRecord, KeyUseRecord, StoredKeyUse> {
  readonly #sinceMs: number

  private constructor(sinceMs: number, { records }: Context) {
    const recordOf = ({ accountId, region, keyId }: KeyRecord, use: KeyUseRecord): StoredKeyUse => ({
      ...use,
      accountId,
      region,
      keyId,
    })
    super({ used: keyTable, uses: keyUseTable, recordOf }, records)
    this.#sinceMs = sinceMs
  }

  /** Opens what is known; the first to do so on a data folder begins to keep it. */
  static async open(nowMs: number, context: Context): Promise<KeyUses> {
    return new KeyUses((await readSince(context)) ?? (await beginAt(nowMs, context)), context)
  }

  /** Opens the uses for reading only. If tracking has not begun, it does not begin. */
  static async openToRead(nowMs: number, context: Context): Promise<KeyUses> {
    return new KeyUses((await readSince(context)) ?? nowMs, context)
  }

  /** A key's record says from its first use on that there is one, so that a removed row is no key without use. */
  protected override requireUsed(key: Authentic<KeyRecord>, changes: Changeset): void {
    if (key.value.hasUses) changes.require(key)
    else rewriteKey(key, { hasUses: true }, changes)
  }

  /** Since when the uses of a key are kept. */
  trackedSince({ createdMs }: KeyRecord): number {
    return Math.max(createdMs, this.#sinceMs)
  }
}

async function readSince({ records }: Context): Promise<number | undefined> {
  const setting = await records.get(settingTable, { name: NAME })
  return setting && Number(setting.value.text)
}

/** A process that was faster decides. */
async function beginAt(nowMs: number, context: Context): Promise<number> {
  const changes = new Changeset()
  changes.insert(settingTable, { name: NAME, text: String(nowMs) })
  const { committed } = await context.records.commit(changes)
  return committed ? nowMs : ((await readSince(context)) ?? nowMs)
}
