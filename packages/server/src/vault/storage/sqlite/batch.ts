import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { LedgerKeys, type StoredEntry } from '../ledger/ledger-keys.ts'
import { type LedgerState, wentBack } from '../ledger/ledger-state.ts'
import type { Rewrite } from '../rewrite.ts'
import { StorageError } from '../storage-error.ts'
import type { Commit } from '../store.ts'
import { CommitApplier } from './apply.ts'
import { changeOne } from './change-one.ts'
import { storageError } from './errors.ts'
import { LedgerWriter } from './ledger-table.ts'
import type { Failure, Outcome, Work, WriterSettings } from './messages.ts'
import type { OpenFiles } from './open-files.ts'
import { RowRewriting } from './row-rewriting.ts'
import { SchemaGuard } from './check-objects.ts'
import { checkVersion } from './schema.ts'

/** The results of a transaction. */
export interface BatchResult {
  outcomes: Outcome[]
  /** Sealed bytes were deleted: the log must be emptied soon. */
  erased: boolean
}

interface Head {
  revision: number
  trimmed: number
  schemaVersion: number
}

/**
 * In WAL mode: no fdatasync of its own, and a power cut loses whole transactions from the end. For rewriting alone, which is then
 * done again: the next commit's fdatasync covers all that was written before it.
 */
const NORMAL = 1

/** Replaces a head that was removed: no ledger names it, and it can be accepted. */
const NO_HEAD: Head = { revision: 0, trimmed: 0, schemaVersion: 0 }

/** The state of one transaction. */
interface Progress {
  /** Updated by all work; `undefined` until the ledger has begun. */
  ledger: LedgerState | undefined
  written: boolean
  /** Rows say what they said, under other keys. */
  rewritten: boolean
  erased: boolean
}

/** Runs many pieces of work in one transaction, so that they share one fdatasync. */
export class BatchRunner {
  readonly #database: DatabaseSync
  readonly #keptCommits: number
  readonly #ledger: LedgerWriter
  readonly #schema: SchemaGuard
  readonly #files: OpenFiles
  /** The newest ledger seen: it never goes back. */
  #serial = 0
  readonly #applier: CommitApplier
  readonly #rewriting: RowRewriting
  /** The connection's usual level. */
  readonly #synchronous: number
  readonly #head: StatementSync
  readonly #advance: StatementSync
  readonly #trimChanges: StatementSync
  readonly #trimCommits: StatementSync
  readonly #waiting: StatementSync
  readonly #relayed: StatementSync

  constructor(
    database: DatabaseSync,
    files: OpenFiles,
    { keptCommits, ledgerKey }: Pick<WriterSettings, 'keptCommits' | 'ledgerKey'>,
  ) {
    const keys = new LedgerKeys(ledgerKey)
    this.#database = database
    this.#files = files
    this.#keptCommits = keptCommits
    this.#applier = new CommitApplier(database, keys)
    this.#rewriting = new RowRewriting(database)
    this.#synchronous = Number(database.prepare('PRAGMA synchronous').get()?.synchronous)
    this.#schema = new SchemaGuard(database)
    this.#ledger = new LedgerWriter(database, keys)
    this.#head = database.prepare(
      'SELECT revision, trimmed, version AS schemaVersion FROM log_head CROSS JOIN schema_version',
    )
    this.#advance = database.prepare('UPDATE log_head SET revision = ?, trimmed = ?')
    this.#trimChanges = database.prepare('DELETE FROM change WHERE revision <= ?')
    this.#trimCommits = database.prepare('DELETE FROM commit_log WHERE revision <= ?')
    this.#waiting = database.prepare(
      `SELECT event_id AS eventId, revision, position, sequence, record, previous, mac FROM outbox WHERE event_id = ?`,
    )
    this.#relayed = database.prepare('DELETE FROM outbox WHERE event_id = ?')
  }

  /**
   * Loads what some of the works need, before {@link run}, which cannot wait. Returns `undefined` if all is there. What cannot be
   * loaded is a failure of its work.
   */
  prepare(works: readonly Work[]): Promise<unknown> | undefined {
    const modules = works.flatMap((work) => (work.kind === 'rewrite' ? [work.step.module] : []))
    const missing = modules.filter((module) => !this.#rewriting.has(module))
    if (missing.length === 0) return undefined
    return Promise.allSettled(missing.map((module) => this.#rewriting.load(module)))
  }

  /** Begins the ledger of a database in which nothing was ever written. */
  beginIfNew(): void {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      this.#schema.check()
      this.#ledger.beginIfNew()
      this.#database.exec('COMMIT')
    } catch (error) {
      this.#rollback()
      throw error
    }
  }

  /**
   * Returns one outcome for each piece of work; never throws. A conflict or failure of one does not affect the others.
   *
   * If the transaction as a whole fails, nothing of it is visible and every piece fails. Only a full disk is retried,
   * one piece at a time, because the others can fit. A failed fdatasync is not retried here, but the caller can retry:
   * the commit is looked up by its id, and otherwise written to the log again at the place of the failed frames, so
   * that the next fdatasync covers every byte that it acknowledges.
   */
  run(works: readonly Work[]): BatchResult {
    const waits = works.some(({ kind }) => kind !== 'rewrite')
    try {
      if (!waits) this.#database.exec(`PRAGMA synchronous = ${NORMAL}`)
      return this.#transaction(works)
    } catch (error) {
      this.#rollback()
      const failure = storageError(error)
      if (failure.code === 'full' && works.length > 1) return merge(works.map((work) => this.run([work])))
      return { outcomes: works.map(() => toFailure(failure)), erased: false }
    } finally {
      if (!waits) this.#database.exec(`PRAGMA synchronous = ${this.#synchronous}`)
    }
  }

  #transaction(works: readonly Work[]): BatchResult {
    this.#files.check()
    this.#database.exec('BEGIN IMMEDIATE')
    // The schema has every table that a row can be in, so the STRICT columns have these types.
    const head = (this.#head.get() ?? NO_HEAD) as unknown as Head
    // Another process can have upgraded the file meanwhile.
    checkVersion(head.schemaVersion)
    this.#schema.check()
    // An operator who accepts the rows in their present state does not use the ledger. Other work in the same
    // transaction fails.
    const ledger = works.some(({ kind }) => kind === 'accept') ? undefined : this.#openLedger(head)
    const progress: Progress = { ledger, written: false, rewritten: false, erased: false }
    const outcomes = works.map((work) => this.#isolated(work, progress))
    this.#end(head, progress)
    return { outcomes, erased: progress.erased }
  }

  #isolated(work: Work, progress: Progress): Outcome {
    const draft = { ...progress, ledger: progress.ledger?.copy() }
    this.#database.exec('SAVEPOINT work')
    try {
      const outcome = this.#perform(work, draft)
      this.#database.exec('RELEASE work')
      Object.assign(progress, draft)
      return outcome
    } catch (error) {
      // After some errors SQLite has rolled back the whole transaction, with all other work in it.
      if (!this.#database.isTransaction) throw error
      this.#database.exec('ROLLBACK TO work; RELEASE work')
      return toFailure(storageError(error))
    }
  }

  #perform(work: Work, progress: Progress): Outcome {
    if (work.kind === 'begin') this.#begin(progress)
    if (work.kind === 'accept') progress.ledger = this.#ledger.accept()
    const ledger = begun(progress.ledger)
    if (work.kind === 'advance') ledger.advance(work.least)
    if (work.kind === 'relayed') return this.#forget(work.eventIds, ledger, progress)
    return work.kind === 'rewrite'
      ? this.#rewrite(work.step, ledger, progress)
      : this.#commit(work.commit, ledger, progress)
  }

  /** What is rewritten stays what it was, so nothing is erased that someone wanted gone: the log need not be emptied. */
  #rewrite(step: Rewrite, ledger: LedgerState, progress: Progress): Outcome {
    const result = this.#rewriting.run(step, ledger)
    progress.rewritten ||= result.rewritten > 0
    return { kind: 'rewritten', result }
  }

  #begin(progress: Progress): void {
    if (progress.ledger !== undefined) return
    progress.ledger = this.#ledger.adopt()
    this.#ledger.insert(progress.ledger)
    progress.written = true
  }

  #commit(commit: Commit, ledger: LedgerState, progress: Progress): Outcome {
    const applied = this.#applier.apply(commit, ledger.revision + 1, ledger)
    if (applied.kind === 'conflict') return result({ committed: false, conflict: applied.conflict })
    if (applied.kind === 'known') return result({ committed: true, revision: applied.revision })
    ledger.revision += 1
    progress.written = true
    progress.erased ||= applied.erased
    return result({ committed: true, revision: ledger.revision })
  }

  #forget(eventIds: readonly string[], ledger: LedgerState, progress: Progress): Outcome {
    for (const eventId of eventIds) {
      // The schema is STRICT, so the columns have these types.
      const entry = this.#waiting.get(eventId) as StoredEntry | undefined
      if (entry === undefined) continue
      changeOne(this.#relayed, eventId)
      ledger.removeEntry(entry)
      progress.written = true
    }
    return result({ committed: true, revision: ledger.revision })
  }

  /** The ledger, which must agree with the head of the log. */
  #openLedger(head: Head): LedgerState | undefined {
    const ledger = this.#ledger.read()
    if (ledger === undefined) return undefined
    if (ledger.serial < this.#serial) throw wentBack()
    if (ledger.revision === head.revision && ledger.trimmed === head.trimmed) return ledger
    throw new StorageError('tampered', 'The newest commit of the database is not the one that its ledger names.')
  }

  #end(head: Head, progress: Progress): void {
    const { ledger, written, rewritten } = progress
    if (!(written || rewritten) || ledger === undefined) {
      this.#database.exec('ROLLBACK')
      return
    }
    const trimmed = Math.max(head.trimmed, ledger.trimmed, ledger.revision - this.#keptCommits)
    if (trimmed > head.trimmed) {
      this.#trimChanges.run(trimmed)
      this.#trimCommits.run(trimmed)
    }
    if (ledger.revision > head.revision) changeOne(this.#advance, ledger.revision, trimmed)
    // Losing what is only rewritten is no step back: who remembers the serial must not take it for one.
    if (written) ledger.serial += 1
    ledger.trimmed = trimmed
    this.#ledger.update(ledger)
    this.#database.exec('COMMIT')
    this.#serial = ledger.serial
  }

  #rollback(): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
  }
}

/** Writes nothing to a database whose ledger has not begun: it would never be included. */
function begun(ledger: LedgerState | undefined): LedgerState {
  if (ledger !== undefined) return ledger
  throw new StorageError('tampered', 'The ledger of the database is missing.')
}

/** Converts an error for the thread boundary. */
export function toFailure({ code, message }: StorageError): Failure {
  return { kind: 'failure', code, message }
}

function result(value: Extract<Outcome, { kind: 'result' }>['result']): Outcome {
  return { kind: 'result', result: value }
}

function merge(results: readonly BatchResult[]): BatchResult {
  return { outcomes: results.flatMap(({ outcomes }) => outcomes), erased: results.some(({ erased }) => erased) }
}
