import type { Hierarchy } from '../../vault/hierarchy/hierarchy.ts'
import type { AccountRecord } from '../../vault/records/account.ts'
import { type PrincipalRecord, readPrincipal } from '../../vault/records/principal.ts'
import { everyRow } from '../../vault/storage/every-row.ts'
import type { Store } from '../../vault/storage/store.ts'
import { body } from '../../vault/records/entry.ts'

interface Context {
  store: Store
  hierarchy: Hierarchy
}

/** Every account of the data folder, in the order of their ids. */
export async function everyAccount({ store, hierarchy }: Context): Promise<AccountRecord[]> {
  const found: AccountRecord[] = []
  for await (const row of everyRow((page) => store.listByOwner('account', '', page))) {
    found.push(body<AccountRecord>(await hierarchy.verify(row)))
  }
  return found
}

/** Every user, role and service of an account. */
export async function* everyPrincipal(
  accountId: string,
  { store, hierarchy }: Context,
): AsyncGenerator<PrincipalRecord> {
  for await (const row of everyRow((page) => store.listByOwner('principal', accountId, page))) {
    yield readPrincipal((await hierarchy.verify(row)).body)
  }
}
