import type { KeyObject } from 'node:crypto'
import type { Logger } from '../../platform/logger.ts'
import type { LedgerReport } from './journal.ts'
import type { Store } from './store.ts'

/**
 * The purpose of opening a database:
 *
 * - `create`: it is new, and created if missing;
 * - `change`: to serve it or to change it; a database that contradicts its ledger is refused;
 * - `look`: to read it; nothing is written, and contradictions to the ledger are reported;
 * - `accept`: to accept the rows of a database that contradicts its ledger;
 * - `upgrade`: to bring a database of an earlier Keyhold up to date, which all other purposes refuse.
 */
export type Use = 'create' | 'change' | 'look' | 'accept' | 'upgrade'

/** An open database with the result of its inspection. A new one is not inspected. */
export interface OpenedStore {
  store: Store
  inspected?: LedgerReport
}

/** How the store of a data folder is opened, of whichever kind. */
export interface OpenStoreOptions {
  /** The data folder. */
  folder: string
  use: Use
  /** The key that the ledger's keys are derived from: UnsealedRoot.ledgerKey. */
  ledgerKey: KeyObject
  /** Reports problems that no caller waits for. */
  logger: Logger
}
