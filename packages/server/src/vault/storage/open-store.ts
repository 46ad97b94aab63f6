import type { KeyObject } from 'node:crypto'
import { dataPaths, type StoreKind } from './data-folder.ts'
import type { OpenedStore, OpenStoreOptions } from './opened-store.ts'
import { ledgerKeyOf, rekeyDatabase, type Rekeying, requireAlone } from './sqlite/rekey.ts'
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

/** Which of these keys the ledger of a data folder is under, by its index: {@link ledgerKeyOf}. */
export function ledgerKeyIn(kind: StoreKind, folder: string, keys: readonly KeyObject[]): number | undefined {
  return KEYED[kind].which(dataPaths(folder).database, keys)
}

/** Brings the ledger of a data folder under other keys: {@link rekeyDatabase}. */
export function rekeyStore(kind: StoreKind, folder: string, rekeying: Omit<Rekeying, 'file'>): void {
  KEYED[kind].rekey({ ...rekeying, file: dataPaths(folder).database })
}

/** Throws StorageError `busy` while another connection of any process has the store of a data folder open. */
export function requireStoreAlone(kind: StoreKind, folder: string): void {
  KEYED[kind].requireAlone(dataPaths(folder).database)
}

interface Keyed {
  which: typeof ledgerKeyOf
  rekey: typeof rekeyDatabase
  requireAlone: typeof requireAlone
}

const KEYED: Readonly<Record<StoreKind, Keyed>> = {
  sqlite: { which: ledgerKeyOf, rekey: rekeyDatabase, requireAlone },
}
