import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { StorageError } from '../storage-error.ts'
import type { Commit } from '../store.ts'
import { CommitApplier } from './apply.ts'
import { storageError } from './errors.ts'
import type { Failure, Outcome, Work } from './messages.ts'
import { checkVersion } from './schema.ts'

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

/** What one transaction has done so far. */
interface Progress {
  revision: number
  written: boolean
  erased: boolean
}

/** Runs many pieces of work in one transaction, so that they share one fdatasync. */
export class BatchRunner {
  readonly #database: DatabaseSync
  readonly #keptCommits: number
  readonly #applier: CommitApplier
  readonly #head: StatementSync
  readonly #advance: StatementSync
  readonly #trimChanges: StatementSync
  readonly #trimCommits: StatementSync
  readonly #relayed: StatementSync

  constructor(database: DatabaseSync, keptCommits: number) {
    this.#database = database
    this.#keptCommits = keptCommits
    this.#applier = new CommitApplier(database)
    this.#head = database.prepare(
      'SELECT revision, trimmed, version AS schemaVersion FROM log_head CROSS JOIN schema_version',
    )
    this.#advance = database.prepare('UPDATE log_head SET revision = ?, trimmed = ?')
    this.#trimChanges = database.prepare('DELETE FROM change WHERE revision <= ?')
    this.#trimCommits = database.prepare('DELETE FROM commit_log WHERE revision <= ?')
    this.#relayed = database.prepare('DELETE FROM outbox WHERE event_id = ?')
  }

  /**
   * One outcome for each piece of work; never throws. A conflict or failure of one leaves the others alone.
   *
   * When the transaction as a whole fails, nothing of it is visible and every piece fails. Only a full disk is tried
   * again, one piece at a time: there the others may well fit. A failed fdatasync is not retried here, yet the caller
   * may: what he sends again is looked up by its commit id and otherwise written to the log anew, at the place of the
   * failed frames, so that the next fdatasync covers every byte it vouches for.
   */
  run(works: readonly Work[]): BatchResult {
    try {
      return this.#transaction(works)
    } catch (error) {
      this.#rollback()
      const failure = storageError(error)
      if (failure.code === 'full' && works.length > 1) return merge(works.map((work) => this.run([work])))
      return { outcomes: works.map(() => toFailure(failure)), erased: false }
    }
  }

  #transaction(works: readonly Work[]): BatchResult {
    this.#database.exec('BEGIN IMMEDIATE')
    // The schema serves every table that a row can be in, so the STRICT columns have these types.
    const head = this.#head.get() as unknown as Head
    // Another process may have upgraded the file under us.
    checkVersion(head.schemaVersion)
    const progress: Progress = { revision: head.revision, written: false, erased: false }
    const outcomes = works.map((work) => this.#isolated(work, progress))
    this.#end(head, progress)
    return { outcomes, erased: progress.erased }
  }

  #isolated(work: Work, progress: Progress): Outcome {
    this.#database.exec('SAVEPOINT work')
    try {
      const outcome = work.kind === 'commit' ? this.#commit(work.commit, progress) : this.#forget(work, progress)
      this.#database.exec('RELEASE work')
      return outcome
    } catch (error) {
      // After some errors SQLite has given up the whole transaction, and with it the work of the others.
      if (!this.#database.isTransaction) throw error
      this.#database.exec('ROLLBACK TO work; RELEASE work')
      return toFailure(storageError(error))
    }
  }

  #commit(commit: Commit, progress: Progress): Outcome {
    const applied = this.#applier.apply(commit, progress.revision + 1)
    if (applied.kind === 'conflict') return result({ committed: false, conflict: applied.conflict })
    if (applied.kind === 'known') return result({ committed: true, revision: applied.revision })
    progress.revision += 1
    progress.written = true
    progress.erased ||= applied.erased
    return result({ committed: true, revision: progress.revision })
  }

  #forget({ eventIds }: { eventIds: readonly string[] }, progress: Progress): Outcome {
    for (const eventId of eventIds) {
      if (this.#relayed.run(eventId).changes > 0) progress.written = true
    }
    return result({ committed: true, revision: progress.revision })
  }

  #end(head: Head, progress: Progress): void {
    if (!progress.written) {
      this.#database.exec('ROLLBACK')
      return
    }
    const trimmed = Math.max(head.trimmed, progress.revision - this.#keptCommits)
    if (trimmed > head.trimmed) {
      this.#trimChanges.run(trimmed)
      this.#trimCommits.run(trimmed)
    }
    if (progress.revision > head.revision) this.#advance.run(progress.revision, trimmed)
    this.#database.exec('COMMIT')
  }

  #rollback(): void {
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
  }
}

export function toFailure({ code, message }: StorageError): Failure {
  return { kind: 'failure', code, message }
}

function result(value: Extract<Outcome, { kind: 'result' }>['result']): Outcome {
  return { kind: 'result', result: value }
}

function merge(results: readonly BatchResult[]): BatchResult {
  return { outcomes: results.flatMap(({ outcomes }) => outcomes), erased: results.some(({ erased }) => erased) }
}
