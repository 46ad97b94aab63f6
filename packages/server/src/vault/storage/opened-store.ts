import type { KeyObject } from 'node:crypto'
import type { Logger } from '../../platform/logger.ts'
import type { LedgerReport } from './journal.ts'
import type { Store } from './store.ts'

/**
 * What a database is opened for:
 *
 * - `create`: it is new, and made when it is missing;
 * - `change`: to serve it or to act on it; one that contradicts its ledger is refused;
 * - `look`: to read it; nothing is written, and one that contradicts its ledger is reported;
 * - `accept`: to accept the rows of one that contradicts its ledger.
 */
export type Use = 'create' | 'change' | 'look' | 'accept'

/** A database, open, and what the inspection found of it before; a new one is not inspected. */
export interface OpenedStore {
  store: Store
  inspected?: LedgerReport
}

/** How the store of a data folder is opened, of whichever kind. */
export interface OpenStoreOptions {
  /** The data folder. */
  folder: string
  use: Use
  /** What the ledger's keys are derived from: UnsealedRoot.ledgerKey. */
  ledgerKey: KeyObject
  /** Where trouble is reported that no caller is waiting to hear of. */
  logger: Logger
}
