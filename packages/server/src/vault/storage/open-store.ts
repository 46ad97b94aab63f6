import { dataPaths, type StoreKind } from './data-folder.ts'
import type { OpenedStore, OpenStoreOptions } from './opened-store.ts'
import { openInspected } from './sqlite/open-inspected.ts'

/** Every kind of store that a manifest may name, and how it is opened. */
const STORES: Readonly<Record<StoreKind, (options: OpenStoreOptions) => Promise<OpenedStore>>> = {
  sqlite: ({ folder, ...options }) => openInspected({ ...options, file: dataPaths(folder).database }),
}

/**
 * Opens the store of a data folder, of the kind that its manifest names. It was compared with its ledger before anything could
 * change it. Rejects with StorageError, and leaves nothing open then.
 */
export function openStore(kind: StoreKind, options: OpenStoreOptions): Promise<OpenedStore> {
  return STORES[kind](options)
}
