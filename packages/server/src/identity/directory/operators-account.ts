import { accountTable } from '../../vault/records/account.ts'
import type { RecordReader } from '../../vault/records/records.ts'
import { settingTable } from '../../vault/records/setting.ts'
import { everyRow } from '../../vault/storage/page.ts'

/** The setting that names the account of the operator, which `keyhold init` created. */
export const OPERATORS_ACCOUNT = 'operator-account'

/** Returns the account that the setting names; `undefined` in folders of version 0.1, which lack it. */
export async function namedOperatorsAccount({ records }: { records: RecordReader }): Promise<string | undefined> {
  return (await records.get(settingTable, { name: OPERATORS_ACCOUNT }))?.value.text
}

/**
 * The account that records of what happens to the folder itself belong to, and how old the folder is. Rows that were edited are
 * no reason to record nothing: they are passed over. `undefined` where there is no account.
 */
export async function accountOfFolder({
  records: { examined },
}: {
  records: RecordReader
}): Promise<{ accountId: string; sinceMs: number } | undefined> {
  const named = await examined.get(settingTable, { name: OPERATORS_ACCOUNT })
  const rows = await Array.fromAsync(everyRow((page) => examined.list(accountTable, page)))
  const accounts = rows.flatMap((row) => (row.isAuthentic ? [row.value] : []))
  const [oldest] = accounts.toSorted((a, b) => a.createdMs - b.createdMs)
  const accountId = named?.isAuthentic ? named.value.text : oldest?.accountId
  return accountId === undefined ? undefined : { accountId, sinceMs: oldest?.createdMs ?? Infinity }
}
