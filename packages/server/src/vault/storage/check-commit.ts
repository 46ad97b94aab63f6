import { StorageError } from './storage-error.ts'
import type { Commit, Row } from './store.ts'
import type { OutboxEntry } from './journal.ts'

/** More rows or entries than any one operation touches; bounds the time that one commit holds the write lock. */
const MAX_ITEMS = 10_000

/**
 * Refuses what some database would store differently from what it was given, before any database sees it. Throws
 * {@link StorageError} `invalid`: such a commit is a bug in its caller.
 */
export function checkCommit(commit: Commit): void {
  checkIdentifier('commit id', commit.id)
  for (const items of [commit.expect, commit.put, commit.delete, commit.audit]) {
    if (items.length > MAX_ITEMS) throw invalid(`a commit holds at most ${MAX_ITEMS} items of each sort`)
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

/** Whether a database can hold this text: PostgreSQL refuses NUL, and UTF-8 has no form for a lone surrogate. */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}

/** Throws {@link StorageError} `invalid` unless `limit` is a whole number of at least 1 (SQLite reads -1 as no limit). */
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

/** One row written twice, or written and deleted, by one commit has no order that the caller could mean. */
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
  if (!isStorable(value)) throw invalid(`${name} holds a lone surrogate or a NUL`)
}

function checkInteger(name: string, value: number, minimum: number): void {
  if (!Number.isSafeInteger(value) || value < minimum) throw invalid(`${name} is not a whole number >= ${minimum}`)
}

function invalid(problem: string): StorageError {
  return new StorageError('invalid', `Not storable: ${problem}.`)
}
