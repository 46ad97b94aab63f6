import assert from 'node:assert/strict'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { LedgerKeys } from '../../../../src/vault/storage/ledger/ledger-keys.ts'
import { BatchRunner } from '../../../../src/vault/storage/sqlite/batch.ts'
import { openForReading, openForWriting } from '../../../../src/vault/storage/sqlite/connection.ts'
import { createDatabaseFile } from '../../../../src/vault/storage/sqlite/files.ts'
import { inspect } from '../../../../src/vault/storage/sqlite/inspection.ts'
import type { Outcome, Work } from '../../../../src/vault/storage/sqlite/messages.ts'
import { OpenFiles } from '../../../../src/vault/storage/sqlite/open-files.ts'
import { SqliteReader } from '../../../../src/vault/storage/sqlite/reader.ts'
import { migrate } from '../../../../src/vault/storage/sqlite/schema.ts'
import type { Commit } from '../../../../src/vault/storage/store.ts'
import { ledgerKey } from '../ledger-key.ts'
import { commitOf } from '../rows.ts'
import { temporaryFolder } from './subject.ts'

/** What the writer thread runs, on the thread of the test. */
export class BatchBench implements AsyncDisposable {
  readonly file: string
  readonly database: DatabaseSync
  readonly #remove: () => Promise<void>
  readonly #batches: BatchRunner

  private constructor(file: string, remove: () => Promise<void>, keptCommits: number) {
    this.file = file
    this.#remove = remove
    this.database = openForWriting({ file, busyTimeoutMs: 0, create: true }, [])
    migrate(this.database)
    this.#batches = new BatchRunner(this.database, new OpenFiles(file), { keptCommits, ledgerKey })
    this.#batches.beginIfNew()
  }

  static async open(keptCommits = 100): Promise<BatchBench> {
    const folder = await temporaryFolder()
    const file = join(folder.path, 'keyhold.db')
    await createDatabaseFile(file)
    return new BatchBench(file, folder.remove, keptCommits)
  }

  run(...works: Work[]): Outcome[] {
    return this.#batches.run(works).outcomes
  }

  /** Runs each commit in a batch of its own. */
  commit(values: Partial<Commit>): Outcome {
    return this.run(committing(values))[0] ?? assert.fail('no outcome')
  }

  erases(values: Partial<Commit>): boolean {
    return this.#batches.run([committing(values)]).erased
  }

  /** Another connection, as the thread that serves requests has it. The test closes it. */
  reader(): SqliteReader {
    const database = openForReading({ file: this.file, busyTimeoutMs: 0 })
    return new SqliteReader(database, this.file, new LedgerKeys(ledgerKey))
  }

  count(table: string): number {
    return Number(this.database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.count)
  }

  problems(): string[] {
    using reading = openForReading({ file: this.file, busyTimeoutMs: 0 })
    return inspect(reading, new LedgerKeys(ledgerKey)).problems
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.database.close()
    await this.#remove()
  }
}

export const committing = (values: Partial<Commit>): Work => ({ kind: 'commit', commit: commitOf(values) })
