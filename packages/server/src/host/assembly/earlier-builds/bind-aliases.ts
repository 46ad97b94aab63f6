import type { KeyRecord } from '../../../domain/keys/record.ts'
import { aliasesOfKey } from '../../../identity/directory/key-aliases.ts'
import { aliasTable } from '../../../vault/records/alias.ts'
import { keyTable } from '../../../vault/records/key.ts'
import type { Records } from '../../../vault/records/records.ts'
import { everyRow } from '../../../vault/storage/page.ts'
import { rewritten } from './rewrite-row.ts'

interface Context {
  records: Records
}

/** Copies the names of aliases, which an earlier build stored only in their own rows, into the rows of their keys. */
export async function bindAliases({ records }: Context): Promise<void> {
  for await (const { value: alias } of everyRow((page) => records.list(aliasTable, page))) {
    const key = keyTable.id({ region: alias.region, keyId: alias.targetKeyId })
    await rewritten(keyTable, key, (record) => withAliases(record, records), records)
  }
}

async function withAliases(key: KeyRecord, records: Records): Promise<KeyRecord | undefined> {
  return key.aliases ? undefined : { ...key, aliases: await aliasesOfKey(key, { records }) }
}
