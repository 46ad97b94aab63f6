import { createSecretKey } from 'node:crypto'

/** The ledger's key in tests of the store: the same in every process. */
export const ledgerKey = createSecretKey(Buffer.alloc(32, 'ledger'))
