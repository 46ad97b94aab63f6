import { type AccountRecord, accountTable } from '../../vault/records/account.ts'
import { type PrincipalRecord, principalTable } from '../../vault/records/principal.ts'
import type { RecordReader } from '../../vault/records/records.ts'
import { everyRow } from '../../vault/storage/page.ts'

interface Reading {
  records: RecordReader
}

/** Returns all accounts of the data folder, ordered by id. */
export async function everyAccount({ records }: Reading): Promise<AccountRecord[]> {
  const accounts = await Array.fromAsync(everyRow((page) => records.list(accountTable, page)))
  return accounts.map(({ value }) => value)
}

/** Yields all users, roles and services of an account. */
export async function* everyPrincipal(accountId: string, { records }: Reading): AsyncGenerator<PrincipalRecord> {
  for await (const { value } of everyRow((page) => records.listByOwner(principalTable, { accountId }, page)))
    yield value
}
