import type { DatabaseSync } from 'node:sqlite'
import { equalInConstantTime } from '../../../crypto/constant-time.ts'
import type { LedgerKeys, StoredEntry } from '../ledger/ledger-keys.ts'
import type { LedgerState } from '../ledger/ledger-state.ts'
import type { StorageError } from '../storage-error.ts'
import type { LedgerReport } from '../journal.ts'
import { SchemaGuard } from './check-objects.ts'
import { storageError } from './errors.ts'
import { LedgerTable } from './ledger-table.ts'
import { checkSchema, SCHEMA_VERSION } from './schema.ts'

/** The maximum number of problems of one type that are listed. */
const MAX_PROBLEMS = 20

/**
 * Compares everything that is stored with the ledger, in one snapshot. Unreadable content is a problem too. Throws only
 * if this Keyhold cannot judge the database (`newer-schema`, `foreign`), or if it is unavailable now (`busy`).
 */
export function inspect(database: DatabaseSync, keys: LedgerKeys): LedgerReport {
  const report: LedgerReport = { ledger: undefined, found: {}, problems: [], isUsable: true }
  try {
    // Files of older versions have no ledger.
    const version = checkSchema(database)
    if (version < SCHEMA_VERSION) {
      if (version > 0) judgeWithoutLedger(database, report)
      return report
    }
    new SchemaGuard(database).checkAtOpen()
    database.exec('BEGIN')
    compare(database, keys, report)
    const unsound = unsoundPages(database)
    report.problems.push(...unsound)
    if (unsound.length > 0) report.isUsable = false
  } catch (error) {
    const failure = storageError(error)
    if (!isFinding(failure)) throw failure
    report.problems.push(failure.message)
    report.isUsable = false
  } finally {
    if (database.isTransaction) database.exec('ROLLBACK')
  }
  report.problems.splice(MAX_PROBLEMS)
  return report
}

/**
 * Finds what shows that a database without a ledger is not one that an earlier build left. Domain keys say in their bodies that
 * there is a ledger; that their MACs verify is checked when the hierarchy opens.
 */
function judgeWithoutLedger(database: DatabaseSync, report: LedgerReport): void {
  const keys = database.prepare("SELECT body FROM stored_row WHERE kind = 'domain_key'").all()
  const saysLedger = keys.some(({ body }) => /"ledger":\s*true/.test(String(body)))
  if (keys.length > 0 && !saysLedger) return
  report.ledgerRemoved = true
  // Before anything was written there is neither, which is no problem of its own.
  if (saysLedger) report.problems.push('The ledger of the database was removed.')
}

function isFinding({ code }: StorageError): boolean {
  // `failed` is the error of Node and SQLite for values and schemas that Keyhold cannot have written.
  return code === 'tampered' || code === 'damaged' || code === 'failed'
}

function compare(database: DatabaseSync, keys: LedgerKeys, report: LedgerReport): void {
  const table = new LedgerTable(database, keys)
  const ledger = readLedger(table, report)
  const found = table.sumOfRows()
  const entries = table.entries()
  for (const entry of entries) found.addEntry(entry)
  report.found = Object.fromEntries(found.counts)
  report.problems.push(...table.problemsOutsideSum())
  if (ledger === undefined && report.problems.length === 0) judgeWithoutLedger(database, report)
  if (ledger === undefined) return
  report.ledger = ledger.summary()
  report.problems.push(...differences(ledger, found), ...brokenChain(entries, ledger, keys))
}

/** A ledger that does not verify is a problem, but the rows are counted anyway. */
function readLedger(table: LedgerTable, report: LedgerReport): LedgerState | undefined {
  try {
    return table.read()
  } catch (error) {
    const failure = storageError(error)
    if (failure.code !== 'tampered') throw failure
    report.problems.push(failure.message)
    return undefined
  }
}

function differences(ledger: LedgerState, found: LedgerState): string[] {
  const problems: string[] = []
  if (ledger.revision !== found.revision || ledger.trimmed !== found.trimmed) {
    problems.push(`The newest commit is ${found.revision}, but the ledger has ${ledger.revision}.`)
  }
  for (const kind of new Set([...ledger.counts.keys(), ...found.counts.keys()])) {
    const [wanted, there] = [ledger.counts.get(kind) ?? 0, found.counts.get(kind) ?? 0]
    if (wanted !== there) problems.push(`There are ${there} rows of ${kind}, but the ledger has ${wanted}.`)
  }
  if (!ledger.sumEquals(found)) problems.push('The rows differ from those in the ledger.')
  return problems
}

/** Waiting entries must be authentic, unique and not newer than the ledger; consecutive ones must be chained. */
function brokenChain(entries: readonly StoredEntry[], ledger: LedgerState, keys: LedgerKeys): string[] {
  const problems = entries
    .filter((entry) => !equalInConstantTime(entry.mac, keys.entryMac(entry)))
    .map(({ eventId, sequence }) => `The waiting audit entry ${eventId} (${sequence}) was not written by Keyhold.`)
  entries.forEach((entry, index) => {
    const next = entries[index + 1]
    if (next?.sequence === entry.sequence + 1 && !equalInConstantTime(next.previous, entry.mac)) {
      problems.push(`The waiting audit entry ${next.sequence} does not follow ${entry.sequence}.`)
    }
  })
  const newest = entries.at(-1)
  if (newest !== undefined && newest.sequence >= ledger.sequence && !equalInConstantTime(newest.mac, ledger.chain)) {
    problems.push(`The newest waiting audit entry is not the one in the ledger.`)
  }
  return problems
}

/**
 * What SQLite's integrity check reports. A false index, which was built under another definition that was then
 * replaced, hides rows from queries that use it, but not from a full scan.
 */
function unsoundPages(database: DatabaseSync): string[] {
  const lines = database.prepare(`PRAGMA integrity_check(${MAX_PROBLEMS})`).all()
  return lines.map((line) => String(line.integrity_check)).filter((line) => line !== 'ok')
}
