import type { DatabaseSync } from 'node:sqlite'
import { StorageError } from '../storage-error.ts'

/**
 * Forward-only: step n brings a file from version n to n + 1, and a released step never changes.
 *
 * All rows are in one SQL table, `stored_row`, because they have the same columns: one set of prepared statements
 * serves every table of TABLES, a new table needs no migration, and a row's MAC covers `kind` like any other column.
 * Separate tables would only give operators nicer names. Text is compared by its UTF-8 bytes (BINARY collation). The
 * table keeps a hidden integer key, so that sealed bytes are only in leaf pages that grow at one end: stored in
 * primary-key order, more deleted bytes would survive in pages that were rebalanced (docs/decisions/0003-storage.md).
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE stored_row (
     kind       TEXT    NOT NULL,
     id         TEXT    NOT NULL,
     owner      TEXT    NOT NULL,
     target     TEXT    NOT NULL,
     due_ms     INTEGER,
     version    INTEGER NOT NULL,
     generation INTEGER NOT NULL,
     body       TEXT    NOT NULL,
     sealed     BLOB,
     mac        BLOB    NOT NULL,
     PRIMARY KEY (kind, id)
   ) STRICT;
   CREATE INDEX stored_row_by_owner  ON stored_row (kind, owner, id);
   CREATE INDEX stored_row_by_target ON stored_row (kind, target, id) WHERE target <> '';
   CREATE INDEX stored_row_by_due    ON stored_row (kind, due_ms, id) WHERE due_ms IS NOT NULL;

   -- One row. revision: the newest commit's. trimmed: changes up to this revision are no longer kept.
   CREATE TABLE log_head (revision INTEGER NOT NULL, trimmed INTEGER NOT NULL) STRICT;
   INSERT INTO log_head VALUES (0, 0);

   CREATE TABLE change (
     revision INTEGER NOT NULL,
     kind     TEXT    NOT NULL,
     id       TEXT    NOT NULL,
     PRIMARY KEY (revision, kind, id)
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE commit_log (id TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;
   CREATE UNIQUE INDEX commit_log_by_revision ON commit_log (revision);

   CREATE TABLE outbox (
     event_id TEXT    NOT NULL PRIMARY KEY,
     revision INTEGER NOT NULL,
     position INTEGER NOT NULL,
     record   TEXT    NOT NULL
   ) STRICT;
   CREATE INDEX outbox_by_age ON outbox (revision, position);`,

  // Waiting entries are migrated without MACs, which are computed when the ledger begins. Earlier commits are removed
  // from the change log, which no reader needs: every process of the older Keyhold has stopped.
  `CREATE TABLE waiting (event_id, revision, position, record);
   INSERT INTO waiting SELECT event_id, revision, position, record FROM outbox;
   DROP TABLE outbox;
   CREATE TABLE outbox (
     event_id TEXT    NOT NULL PRIMARY KEY,
     revision INTEGER NOT NULL,
     position INTEGER NOT NULL,
     sequence INTEGER NOT NULL,
     record   TEXT    NOT NULL,
     previous BLOB    NOT NULL,
     mac      BLOB    NOT NULL
   ) STRICT;
   INSERT INTO outbox
     SELECT event_id, revision, position, row_number() OVER (ORDER BY revision, position), record, X'', X'' FROM waiting;
   CREATE UNIQUE INDEX outbox_by_sequence ON outbox (sequence);
   DROP TABLE waiting;

   DELETE FROM change;
   DROP TABLE commit_log;
   CREATE TABLE commit_log (
     id       TEXT    NOT NULL PRIMARY KEY,
     revision INTEGER NOT NULL,
     mac      BLOB    NOT NULL
   ) STRICT, WITHOUT ROWID;
   CREATE UNIQUE INDEX commit_log_by_revision ON commit_log (revision);
   UPDATE log_head SET trimmed = revision;

   -- One row, once the ledger has begun (ledger/ledger-state.ts).
   CREATE TABLE ledger (
     serial   INTEGER NOT NULL,
     revision INTEGER NOT NULL,
     trimmed  INTEGER NOT NULL,
     sequence INTEGER NOT NULL,
     chain    BLOB    NOT NULL,
     counts   TEXT    NOT NULL,
     nonce    BLOB    NOT NULL,
     digest   BLOB    NOT NULL,
     mac      BLOB    NOT NULL
   ) STRICT;`,
]

/** The version that this build reads and writes. */
export const SCHEMA_VERSION = MIGRATIONS.length

/**
 * Returns the schema version of the file, 0 for an empty one. Throws {@link StorageError}: `newer-schema` if a later
 * build wrote it, `foreign` if it contains tables that are not Keyhold's, `tampered` if it cannot be the version of its
 * tables.
 */
export function checkSchema(database: DatabaseSync, newest = SCHEMA_VERSION): number {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
  if (tables.length === 0) return 0
  if (!tables.some(({ name }) => name === 'schema_version')) {
    throw new StorageError('foreign', 'The file is an SQLite database, but not of Keyhold. Name another file.')
  }
  const version = Number(database.prepare('SELECT version FROM schema_version').get()?.version)
  const oldest = tables.some(({ name }) => name === 'ledger') ? FIRST_WITH_LEDGER : 1
  if (!Number.isSafeInteger(version) || version < oldest) {
    throw new StorageError('tampered', 'The schema version of the database does not match its tables.')
  }
  checkVersion(version, newest)
  return version
}

/** The version whose step creates the table `ledger`. */
const FIRST_WITH_LEDGER = 2

/** Throws {@link StorageError} `newer-schema` if `version` is later than this build supports. */
export function checkVersion(version: number, newest = SCHEMA_VERSION): void {
  if (version <= newest) return
  throw new StorageError(
    'newer-schema',
    `The database has schema version ${version}, and this Keyhold supports only ${newest}. ` +
      'Run the Keyhold that wrote it or a later one; a schema cannot be downgraded.',
  )
}

/** Brings the file to the newest version, with all steps or none. Several processes can call this at the same time. */
export function migrate(database: DatabaseSync, steps: readonly string[] = MIGRATIONS): void {
  if (checkSchema(database, steps.length) === steps.length) return
  database.exec('BEGIN IMMEDIATE')
  try {
    // Read again with the lock: another process can have been first.
    const version = checkSchema(database, steps.length)
    if (version === 0) database.exec('CREATE TABLE schema_version (version INTEGER NOT NULL) STRICT')
    if (version === 0) database.exec('INSERT INTO schema_version VALUES (0)')
    for (const step of steps.slice(version)) database.exec(step)
    database.prepare('UPDATE schema_version SET version = ?').run(steps.length)
    database.exec('COMMIT')
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK')
    throw error
  }
}
