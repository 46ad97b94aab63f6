import { StorageError } from './storage-error.ts'
import type { Commit, Row } from './store.ts'
import type { OutboxEntry } from './journal.ts'

/** More rows or entries than any operation uses. Limits how long one commit holds the write lock. */
const MAX_ITEMS = 10_000

/**
 * Refuses values that some database would not store exactly, before any database sees them. Throws {@link StorageError}
 * `invalid`: such a commit is a bug in its caller.
 */
export function checkCommit(commit: Commit): void {
  checkIdentifier('commit id', commit.id)
  for (const items of [commit.expect, commit.put, commit.delete, commit.audit]) {
    if (items.length > MAX_ITEMS) throw invalid(`a commit can have at most ${MAX_ITEMS} items of each type`)
  }
  for (const { id, version } of commit.expect) {
    checkIdentifier('expected id', id)
    checkInteger('expected version', version, 0)
  }
  commit.put.forEach(checkRow)
  commit.delete.forEach(({ id }) => checkIdentifier('deleted id', id))
  commit.audit.forEach(checkOutboxEntry)
  checkEachRowOnce(commit)
}

/**
 * Returns whether a database can store this text: PostgreSQL refuses NUL, and UTF-8 has no form for a lone surrogate.
 */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

/** Throws {@link StorageError} `invalid` unless `limit` is an integer of at least 1 (SQLite treats -1 as no limit). */
export function checkLimit(limit: number): void {
  checkInteger('limit', limit, 1)
}

function checkRow(row: Row): void {
  checkIdentifier('row id', row.id)
  checkText('owner', row.owner)
  checkText('target', row.target)
  checkText('body', row.body)
  if (row.dueMs !== null) checkInteger('dueMs', row.dueMs, 0)
  checkInteger('version', row.version, 1)
  checkInteger('generation', row.generation, 0)
}

function checkOutboxEntry({ eventId, record }: OutboxEntry): void {
  checkIdentifier('event id', eventId)
  checkText('record', record)
}

/** Refuses a row that one commit writes twice, or writes and deletes: the order would be undefined. */
function checkEachRowOnce({ put, delete: deleted }: Commit): void {
  const seen = new Set<string>()
  for (const { table, id } of [...put, ...deleted]) {
    const row = `${table} ${id}`
    if (seen.has(row)) throw invalid(`a commit changes the row ${row} twice`)
    seen.add(row)
  }
}

function checkIdentifier(name: string, value: string): void {
  if (value === '') throw invalid(`${name} is empty`)
  checkText(name, value)
}

function checkText(name: string, value: string): void {
  if (!isStorable(value)) throw invalid(`${name} contains a lone surrogate or a NUL`)
}

function checkInteger(name: string, value: number, minimum: number): void {
  if (!Number.isSafeInteger(value) || value < minimum) throw invalid(`${name} is not an integer >= ${minimum}`)
}

function invalid(problem: string): StorageError {
  return new StorageError('invalid', `Not storable: ${problem}.`)
}
