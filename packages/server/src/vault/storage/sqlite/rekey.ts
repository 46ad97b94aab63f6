import type { KeyObject } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { LedgerKeys } from '../ledger/ledger-keys.ts'
import { StorageError } from '../storage-error.ts'
import type { Commit } from '../store.ts'
import { CommitApplier } from './apply.ts'
import { SchemaGuard } from './check-objects.ts'
import { openForReading, openForWriting } from './connection.ts'
import { guarded } from './errors.ts'
import { LedgerTable, LedgerWriter } from './ledger-table.ts'

/** How long to wait for another process that closes the database just now. */
const BUSY_TIMEOUT_MS = 2_000

/** A change of the keys of a database's ledger. */
export interface Rekeying {
  file: string
  /** The keys that the ledger's keys are derived from (UnsealedRoot.ledgerKey): as they are, and as they become. */
  from: KeyObject
  to: KeyObject
  /** Applied in the same transaction. */
  commit: Commit
}

/**
 * Brings the ledger of a database under other keys, in one transaction: the sum over all rows, the entries that wait and the
 * ledger's row. Only while no other connection of any process is open, as none of them knows the keys; none can open meanwhile.
 * First everything is compared with the ledger as it is, so that no change of another program is vouched for. Works on the
 * calling thread, for about 10 µs of CPU a row. Throws {@link StorageError}: `busy` if others have the database open.
 */
export function rekeyDatabase({ file, from, to, commit }: Rekeying): void {
  guarded(() => {
    const database = openForWriting({ file, busyTimeoutMs: BUSY_TIMEOUT_MS, create: false, alone: true }, [])
    try {
      database.exec('BEGIN EXCLUSIVE')
      rekey(database, { from: new LedgerKeys(from), to: new LedgerKeys(to), commit })
      database.exec('COMMIT')
      // Domain keys were replaced: the log still has them as they were wrapped.
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
    } finally {
      if (database.isTransaction) database.exec('ROLLBACK')
      database.close()
    }
  })
}

/** Throws {@link StorageError} `busy` while another connection of any process has the database open. */
export function requireAlone(file: string): void {
  guarded(() => {
    openForWriting({ file, busyTimeoutMs: BUSY_TIMEOUT_MS, create: false, alone: true }, []).close()
  })
}

function rekey(
  database: DatabaseSync,
  { from, to, commit }: { from: LedgerKeys; to: LedgerKeys; commit: Commit },
): void {
  new SchemaGuard(database).check()
  const before = new LedgerTable(database, from)
  const ledger = before.read()
  if (ledger === undefined) throw new StorageError('tampered', 'The ledger of the database is missing.')
  const found = before.sumOfRows()
  for (const entry of before.entries()) found.addEntry(entry)
  if (!ledger.sumEquals(found) || before.problemsOutsideSum().length > 0) {
    throw new StorageError('tampered', 'The database is not as Keyhold left it: see keyhold operator doctor.')
  }
  const applied = new CommitApplier(database, from).apply(commit, ledger.revision + 1, ledger)
  if (applied.kind !== 'applied') throw new StorageError('busy', 'Another process changed the database meanwhile.')
  ledger.revision += 1
  new LedgerWriter(database, to).rekey(ledger)
}

/**
 * Returns which of these keys the ledger of a database is under, by its index; `undefined` if it has none, or of none of them.
 * Opens the database for reading alone. Throws {@link StorageError}.
 */
export function ledgerKeyOf(file: string, keys: readonly KeyObject[]): number | undefined {
  return guarded(() => {
    const database = openForReading({ file, busyTimeoutMs: BUSY_TIMEOUT_MS })
    try {
      const index = keys.findIndex((key) => isUnder(database, new LedgerKeys(key)))
      return index < 0 ? undefined : index
    } finally {
      database.close()
    }
  })
}

function isUnder(database: DatabaseSync, keys: LedgerKeys): boolean {
  try {
    return new LedgerTable(database, keys).read() !== undefined
  } catch (error) {
    // Another key's; whatever else is wrong with the database, its opening finds.
    if (error instanceof StorageError && error.code === 'tampered') return false
    throw error
  }
}
