import { type Mutant, mistakesIn } from '../../tools/testing/mutants/mutant.ts'

const TESTS = 'packages/server/test/vault/storage'
const test = (...names: readonly string[]): string[] => names.map((name) => `${TESTS}/${name}.test.ts`)

const inFile = mistakesIn('packages/server/src/vault/storage', test('sqlite/batch'))

/** Mistakes in what finds that another program has changed the database. */
export const ledgerMutants: readonly Mutant[] = [
  ...inFile(
    'sqlite/change-one.ts',
    [['a change may have no effect', 'if (Number(changes) !== 1)', 'if (Number(changes) > 1)']],
    test('sqlite/schema-tampering'),
  ),
  ...inFile(
    'sqlite/reader.ts',
    [
      ['files may be replaced', 'this.#files.check()\n      const dataVersion', 'const dataVersion'],
      ['the ledger need not be authentic', 'checkLedger(this.#keys, head)', ''],
      ['the ledger may go back', '|| head.serial < this.#seenSerial) throw wentBack()', ') throw wentBack()'],
      [
        'the ledger may be removed',
        'if (head.mac === null && this.#seenSerial === 0) return head.newest',
        'if (head.mac === null) return head.newest',
      ],
      [
        'the newest commit is what the log says',
        'return head.revision\n',
        'return head.newest\n',
        { tests: test('sqlite/reader', 'sqlite/schema-tampering') },
      ],
      ['the schema may be another', 'this.#schema.check()\n    if (head.mac', 'if (head.mac'],
      ['the schema may be of a later Keyhold', 'checkVersion(head.schemaVersion)', ''],
      ['changes may be incomplete', 'return this.#areComplete(changes, revision, newest)', 'return true'],
      ['changes need not be authentic', 'if (!equalInConstantTime(rows[0].mac, mac)) return false', ''],
      ['changes may name commits to come', 'return changes.size === newest - after', 'return true'],
      ['the log may go back', '|| newest < this.#seenRevision) return undefined', ') return undefined'],
      [
        'every entry is authentic',
        'authentic: equalInConstantTime(entry.mac, this.#keys.entryMac(entry))',
        'authentic: true',
      ],
      [
        'a limit may be none',
        'checkLimit(limit)\n    return guarded(() => this.#all',
        'return guarded(() => this.#all',
      ],
      ['an id is found under another', 'return isStorable(id) ?', 'return true ?'],
      ['an owner is found under another', 'return isStorable(owner) ?', 'return true ?'],
      ['rows without target are listed', "AND target = ? AND target <> ''", 'AND target = ?'],
      ['rows are due after their time', 'due_ms <= ?', 'due_ms < ?'],
      ['a list of due rows begins again', '(due_ms, id) > (?, ?)', '(due_ms, id) >= (?, ?)'],
      ['a page repeats the row before', 'kind = ? AND owner = ? AND id > ?', 'kind = ? AND owner = ? AND id >= ?'],
      ['rows are counted to the last', 'AND owner = ? LIMIT ?)', 'AND owner = ? AND ? > 0)'],
    ],
    test('sqlite/reader'),
  ),
  ...inFile(
    'ledger/ledger-keys.ts',
    [
      ['a row counts without its MAC', 'message.set(row.mac, end)', ''],
      ['a row counts without its sealed bytes', 'if (row.sealed !== null) message.set(row.sealed, end)', ''],
      ['no sealed bytes are empty ones', 'row.sealed === null ? 0 : 1', '1'],
      [
        'a row counts without the length of its MAC',
        'end = message.writeUInt32BE(row.mac.byteLength, end)',
        'end = message.writeUInt32BE(0, end)',
      ],
      ['a long row is cut', 'bytes <= SCRATCH.byteLength ? SCRATCH : Buffer.allocUnsafe(bytes)', 'SCRATCH'],
      ['an entry counts without its MAC', 'sized(entry.previous), sized(entry.mac)]', 'sized(entry.previous)]'],
      ['an entry is not chained', 'Buffer.concat([columnsOf(entry), sized(entry.previous)])', 'columnsOf(entry)'],
      [
        'a commit’s MAC has no id',
        'lengthPrefixed([id, String(revision), ...rows])',
        'lengthPrefixed([String(revision), ...rows])',
      ],
      [
        'a commit’s MAC has no place',
        'lengthPrefixed([id, String(revision), ...rows])',
        'lengthPrefixed([id, ...rows])',
      ],
      [
        'a commit’s MAC has no rows',
        'lengthPrefixed([id, String(revision), ...rows])',
        'lengthPrefixed([id, String(revision)])',
      ],
      ['a commit’s MAC depends on the order', '.toSorted()', ''],
      ['all masks are one', 'Buffer.concat([MASK, nonce])', 'Buffer.concat([MASK])'],
      ['an entry’s number is not authenticated', 'String(sequence), record]', 'record]'],
    ],
    test('ledger'),
  ),
  ...inFile(
    'ledger/ledger-state.ts',
    [
      [
        'the ledger need not be authentic',
        'if (equalInConstantTime(row.mac, keys.stateMac(message(row)))) return',
        'return',
      ],
      ['the serial is not authenticated', 'const numbers = [serial, revision,', 'const numbers = [revision,'],
      [
        'the revision is not authenticated',
        '[serial, revision, trimmed, sequence].map',
        '[serial, trimmed, sequence].map',
      ],
      [
        'what was trimmed is not authenticated',
        '[serial, revision, trimmed, sequence].map',
        '[serial, revision, sequence].map',
      ],
      [
        'the sequence is not authenticated',
        '[serial, revision, trimmed, sequence].map',
        '[serial, revision, trimmed].map',
      ],
      [
        'the counts are not authenticated',
        'lengthPrefixed([...numbers, counts, ...bytes])',
        'lengthPrefixed([...numbers, ...bytes])',
      ],
      ['the sum is not authenticated', '[row.chain, row.nonce, row.digest]', '[row.chain, row.nonce]'],
      ['the chain is not authenticated', '[row.chain, row.nonce, row.digest]', '[row.nonce, row.digest]'],
      ['the sum is stored as it is', 'masked.add(this.#keys.mask(nonce))', ''],
      ['a row that is removed stays in the sum', 'this.#sum.subtract(this.#keys.rowElement(row))', ''],
      ['a row that is removed is counted', 'this.#count(row.table, -1)', ''],
      ['an entry that is removed stays in the sum', 'this.#sum.subtract(this.#keys.entryElement(entry))', ''],
      ['two entries have one number', 'this.sequence = stored.sequence', ''],
      ['each entry is the first of the chain', 'this.chain = stored.mac', ''],
      ['a copy follows the original', 'this.#sum = other.#sum.copy()', 'this.#sum = other.#sum'],
      ['any sums are the same', 'return equalInConstantTime(this.#sum.toBytes(), other.#sum.toBytes())', 'return true'],
    ],
    test('ledger'),
  ),
  ...inFile(
    'sqlite/inspection.ts',
    [
      ['the sum is not compared', 'if (!ledger.sumEquals(found)) problems.push', 'if (false) problems.push'],
      ['counts are not compared', 'if (wanted !== there) problems.push', 'if (false) problems.push'],
      [
        'the newest commit is not compared',
        'ledger.revision !== found.revision || ledger.trimmed !== found.trimmed',
        'false',
      ],
      ['entries need not be authentic', '!equalInConstantTime(entry.mac, keys.entryMac(entry))', 'false'],
      ['what is outside the sum is not looked at', 'report.problems.push(...table.problemsOutsideSum())', ''],
      ['pages may be unsound', 'report.problems.push(...unsound)', ''],
      ['a file with unsound pages can be accepted', 'if (unsound.length > 0) report.isUsable = false', ''],
      ['the schema is not looked at', 'new SchemaGuard(database).checkAtOpen()', '', { tests: test('sqlite/inspect') }],
      [
        'a ledger that does not verify ends the inspection',
        "if (failure.code !== 'tampered') throw failure\n    report",
        'throw failure\n    report',
        { tests: test('sqlite/inspect') },
      ],
      ['entries are counted as rows alone', 'for (const entry of entries) found.addEntry(entry)', ''],
      [
        'a transaction that SQLite has ended is rolled back',
        "if (database.isTransaction) database.exec('ROLLBACK')",
        "database.exec('ROLLBACK')",
        { tests: test('sqlite/inspect') },
      ],
    ],
    test('sqlite/inspection'),
  ),
  ...inFile(
    'sqlite/ledger-table.ts',
    [
      [
        'a second ledger is not seen',
        'if (rows.length > 1) throw',
        'if (rows.length < 0) throw',
        { tests: test('sqlite/inspect') },
      ],
      ['a second head is not seen', 'if (found.heads !== 1)', 'if (found.heads < 1)'],
      ['no head is not seen', 'if (found.heads !== 1)', 'if (found.heads > 1)'],
      ['a second schema version is not seen', 'if (found.versions !== 1)', 'if (found.versions < 1)'],
      ['commits to come are not seen', 'if (stray > 0)', 'if (false)'],
      ['missing commits are not seen', 'if (found.commits - found.strayCommits !== revision - trimmed)', 'if (false)'],
      [
        'a forged entry gives the next number',
        'entries.findLast((entry) => equalInConstantTime(entry.mac, this.#keys.entryMac(entry)))',
        'entries.at(-1)',
      ],
      ['caches live on after rows were accepted', 'state.trimmed = state.revision', ''],
      [
        'numbers begin again after rows were accepted',
        'state.sequence = isAhead ? newest.sequence : old.sequence',
        'state.sequence = isAhead ? newest.sequence : 0',
      ],
      [
        'a revision is given twice',
        'Math.max(state.revision, old.revision) + 1',
        'Math.max(state.revision, old.revision)',
      ],
      [
        'a ledger begins in a file with rows',
        'this.#isNew.get()?.isNew === 1',
        'true',
        { tests: test('sqlite/inspect') },
      ],
    ],
    test('sqlite/inspection'),
  ),
  ...inFile(
    'sqlite/open-files.ts',
    [
      [
        'only the database is looked at',
        "const SUFFIXES = ['', '-wal', '-shm'] as const",
        "const SUFFIXES = [''] as const",
      ],
      ['a file of another disk is the same', '`${status.dev} ${status.ino}`', '`${status.dev}`'],
    ],
    test('sqlite/reader'),
  ),
  ...inFile(
    'sqlite/check-objects.ts',
    [
      ['objects that were added are not seen', 'if (!wantedNames.has(key)) return name', 'if (false) return name'],
      ['objects that were removed are not seen', 'if (!foundNames.has(key)) return name', 'if (false) return name'],
      [
        'definitions are not compared',
        'JSON.stringify([type, name, table, sql])',
        'JSON.stringify([type, name, table])',
      ],
      [
        'the schema is looked at once',
        'if (cookie === this.#seenCookie) return',
        'if (this.#seenCookie !== undefined) return',
      ],
      [
        'text may be in another encoding',
        "?.encoding !== 'UTF-8'",
        "?.encoding === 'UTF-7'",
        { tests: test('sqlite/inspect') },
      ],
    ],
    test('sqlite/schema-tampering'),
  ),
]
