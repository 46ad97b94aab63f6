import { Records } from '../../src/vault/records/records.ts'
import type { Store } from '../../src/vault/storage/store.ts'

/** The same services or vault on another view of their store. */
export function onStore<T extends ConstructorParameters<typeof Records>[0]>(services: T, store: Store): T {
  return { ...services, store, records: new Records({ ...services, store }) }
}
