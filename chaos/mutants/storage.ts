import { ledgerMutants } from './ledger.ts'
import { type Mutant, mistakesIn } from '../../tools/testing/mutants/mutant.ts'

const TESTS = 'packages/server/test/vault/storage'
const test = (...names: readonly string[]): string[] => names.map((name) => `${TESTS}/${name}.test.ts`)

const inFile = mistakesIn('packages/server/src/vault/storage', test('sqlite/batch'))

/** Mistakes in the store: changes that are half made, made twice, lost, or not bounded. */
export const storageMutants: readonly Mutant[] = [
  ...inFile(
    'check-commit.ts',
    [
      ['a commit holds any number of audit entries', ', commit.audit]', ']'],
      ['a commit holds any number of rows', 'commit.put, commit.delete, commit.audit]', 'commit.delete, commit.audit]'],
      ['a commit deletes any number of rows', 'commit.put, commit.delete, ', 'commit.put, '],
      ['a commit expects any number of rows', '[commit.expect, ', '['],
      ['one item more than the limit is taken', 'items.length > MAX_ITEMS', 'items.length > MAX_ITEMS + 1'],
      ['one item less than the limit is taken', 'items.length > MAX_ITEMS', 'items.length >= MAX_ITEMS'],
      ['a row may be changed twice', 'if (seen.has(row)) throw', 'if (false) throw'],
      ['rows of two tables may not have one id', '`${table} ${id}`', '`${id}`'],
      ['half a surrogate pair is storable', 'text.isWellFormed() && ', ''],
      ['a NUL is storable', " && !text.includes('\\0')", ''],
      ['an identifier may be empty', "if (value === '') throw", 'if (false) throw'],
      ['a number may be too large to be exact', '!Number.isSafeInteger(value) || ', ''],
      ['a number may be too small', ' || value < minimum', ''],
      ['a due time may be no number', 'if (row.dueMs !== null) checkInteger', 'if (false) checkInteger'],
      ['a record may hold what no database takes', "checkText('record', record)", ''],
    ],
    test('check-commit'),
  ),
  ...inFile('sqlite/batch.ts', [
    [
      'a transaction that SQLite has ended is rolled back',
      "if (this.#database.isTransaction) this.#database.exec('ROLLBACK')",
      "this.#database.exec('ROLLBACK')",
    ],
    ['a transaction that failed stays open', "if (this.#database.isTransaction) this.#database.exec('ROLLBACK')", ''],
    ['a commit whose transaction is gone goes on', 'if (!this.#database.isTransaction) throw error', ''],
    [
      'a commit that failed is kept in part',
      "this.#database.exec('ROLLBACK TO work; RELEASE work')",
      "this.#database.exec('RELEASE work')",
    ],
    [
      'a commit that failed counts in the ledger',
      'const draft = { ...progress, ledger: progress.ledger?.copy() }',
      'const draft = { ...progress }',
    ],
    ['what one commit has done is forgotten with the next', 'Object.assign(progress, draft)', ''],
    ['a full disk costs the commits beside', "if (failure.code === 'full' && works.length > 1)", 'if (false)'],
    [
      'files may be replaced',
      'this.#files.check()\n    this.#database',
      'this.#database',
      { tests: test('sqlite/reader') },
    ],
    ['the schema may be of a later Keyhold', 'checkVersion(head.schemaVersion)', '', { tests: test('sqlite/schema') }],
    [
      'the schema may be another',
      'checkVersion(head.schemaVersion)\n    this.#schema.check()',
      'checkVersion(head.schemaVersion)',
      { tests: test('sqlite/schema-tampering') },
    ],
    ['the ledger may go back', 'if (ledger.serial < this.#serial) throw wentBack()', ''],
    [
      'the ledger need not agree with the head',
      'if (ledger.revision === head.revision && ledger.trimmed === head.trimmed) return ledger',
      'return ledger',
    ],
    [
      'a conflict is a commit',
      "if (applied.kind === 'conflict') return result({ committed: false, conflict: applied.conflict })",
      "if (applied.kind === 'conflict') return result({ committed: true, revision: 1 })",
    ],
    ['a commit has the number of the one before', 'ledger.revision += 1', ''],
    ['sealed bytes that are deleted stay in the log', 'progress.erased ||= applied.erased', ''],
    ['an entry that was relayed counts in the ledger', 'ledger.removeEntry(entry)', ''],
    ['an entry that was relayed stays', 'changeOne(this.#relayed, eventId)', ''],
    ['one commit more is kept', 'ledger.revision - this.#keptCommits)', 'ledger.revision - this.#keptCommits - 1)'],
    ['changes are never trimmed', 'this.#trimChanges.run(trimmed)', ''],
    ['commit ids are never trimmed', 'this.#trimCommits.run(trimmed)', ''],
    ['what was trimmed is not written down', 'ledger.trimmed = trimmed', ''],
    [
      'a ledger may begin by itself',
      "throw new StorageError('tampered', 'The ledger of the database is missing.')",
      'return undefined as never',
    ],
    [
      'a transaction without changes is written',
      "this.#database.exec('ROLLBACK')\n      return\n    }",
      'return\n    }',
    ],
  ]),
  ...inFile('sqlite/apply.ts', [
    [
      'a commit that is sent again is made again',
      "if (known) return { kind: 'known', revision: Number(known.revision) }",
      '',
    ],
    ['expectations need not hold', "if (conflict) return { kind: 'conflict', conflict }", ''],
    ['a put replaces any version', '[...expect, ...implied].find', '[...expect].find'],
    ['expectations are not looked at', '[...expect, ...implied].find', '[...implied].find'],
    ['a row that is absent has version 1', '?.version ?? 0)', '?.version ?? 1)'],
    ['a row that was replaced counts in the ledger', 'if (replaced !== undefined) ledger.removeRow(replaced)', ''],
    ['a row that was deleted counts in the ledger', 'ledger.removeRow(row)\n      erased', 'erased'],
    ['a row that was put does not count', 'ledger.addRow(row)', ''],
    [
      'sealed bytes that are replaced are not erased',
      'erased ||= replaced !== undefined && replaced.sealed !== null',
      '',
    ],
    ['sealed bytes that are deleted are not erased', 'erased ||= row.sealed !== null', ''],
    [
      'a deletion is not in the change log',
      'erased ||= row.sealed !== null\n      changed.push(row)',
      'erased ||= row.sealed !== null',
      { tests: test('sqlite/reader') },
    ],
    [
      'a put is not in the change log',
      'replaced.sealed !== null\n      changed.push(row)',
      'replaced.sealed !== null',
      { tests: test('sqlite/reader') },
    ],
    [
      'a commit is not authentic',
      'this.#keys.commitMac(commit.id, revision, changed)',
      'new Uint8Array(32)',
      { tests: test('sqlite/reader') },
    ],
    ['a new version has the old body', 'body = excluded.body, ', '', { tests: test('sqlite/reader', 'sqlite/batch') }],
    [
      'a new version is due when the old one was',
      'due_ms = excluded.due_ms,',
      'due_ms = stored_row.due_ms,',
      { tests: test('sqlite/reader') },
    ],
  ]),
  ...inFile(
    'sqlite/schema.ts',
    [
      [
        'a database of something else is taken',
        "if (!tables.some(({ name }) => name === 'schema_version'))",
        'if (false)',
      ],
      ['a later schema is taken', 'if (version <= newest) return', 'return'],
      [
        'an older schema version is taken',
        'version < oldest',
        'false',
        { tests: test('sqlite/schema', 'sqlite/schema-tampering', 'sqlite/inspect') },
      ],
      [
        'a migration that failed is kept',
        "if (database.isTransaction) database.exec('ROLLBACK')\n    throw error",
        'throw error',
      ],
      [
        'a transaction that SQLite has ended is rolled back',
        "if (database.isTransaction) database.exec('ROLLBACK')",
        "database.exec('ROLLBACK')",
        { tests: test('sqlite/inspect') },
      ],
    ],
    test('sqlite/schema'),
  ),
  ...inFile(
    'sqlite/files.ts',
    [
      ['a missing database is not missed', 'if (!(await exists(file))) throw missing', 'if (false) throw missing'],
      ['the log of another database is taken over', 'await checkNoLog(file)', ''],
      ['a named pipe is waited for', 'if (!(await stat(file)).isFile()) throw', 'if (false) throw'],
      ['a rollback journal is taken over', 'if (await exists(`${file}-journal`)) {', 'if (false) {'],
      [
        'the name of a new database is not synced',
        'await syncFolder(dirname(file))',
        '',
        { tests: ['packages/server/test/platform/durable-folder.test.ts'] },
      ],
      ['a new database is readable by others', "'wx', 0o600", "'wx', 0o644", { tests: test('sqlite/schema') }],
    ],
    test('sqlite/files'),
  ),
  ...inFile(
    'data-folder.ts',
    [
      ['a folder of dev is served', 'mode === undefined || manifest.mode === mode', 'true'],
      ['a folder that others may read is served', 'if ((status.mode & OTHERS) !== 0) throw', 'if (false) throw'],
      ['a folder of another user is served', 'if (status.uid !== process.getuid?.()) throw', 'if (false) throw'],
      ['a manifest of a later Keyhold is read', 'format !== FORMAT || ', ''],
      ['a manifest is written over', "'wx', 0o600", "'w', 0o600"],
      [
        'the name of the manifest is not synced',
        '    await file.close()\n  }\n  await syncFolder(folder)',
        '    await file.close()\n  }',
        { tests: ['packages/server/test/platform/durable-folder.test.ts'] },
      ],
    ],
    test('manifest'),
  ),
  ...ledgerMutants,
]
