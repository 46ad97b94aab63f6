import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Failure } from './failure.ts'

/** One row of `stored_row` (docs/spec/data-folder.md). */
export interface Row {
  kind: string
  id: string
  owner: string
  target: string
  due: number | null
  version: number
  generation: number
  body: string
  sealed: Uint8Array | null
  mac: Uint8Array
}

const SELECT =
  'SELECT kind, id, owner, target, due_ms AS due, version, generation, body, sealed, mac FROM stored_row ORDER BY kind, id'

/**
 * Calls `read` with every row of the database. The database is copied first, with its write-ahead log: SQLite would write
 * beside the original, which may be on a medium that cannot be written, or evidence.
 */
export function withRows<T>(folder: string, read: (rows: Iterable<Row>) => T): T {
  const copy = mkdtempSync(join(tmpdir(), 'keyhold-recover-'))
  try {
    const file = join(folder, 'keyhold.db')
    if (!existsSync(file)) throw new Failure(`${file} does not exist: this is no data folder, or a part of one.`)
    copyFileSync(file, join(copy, 'keyhold.db'))
    if (existsSync(`${file}-wal`)) copyFileSync(`${file}-wal`, join(copy, 'keyhold.db-wal'))
    const database = new DatabaseSync(join(copy, 'keyhold.db'))
    try {
      return read(database.prepare(SELECT).iterate() as unknown as Iterable<Row>)
    } finally {
      database.close()
    }
  } finally {
    rmSync(copy, { recursive: true })
  }
}
