import { type Mutant, mistakesIn } from '../../tools/testing/mutants/mutant.ts'

const TESTS = 'packages/server/test/vault/records'
const TABLES = [`${TESTS}/tables.test.ts`]
/** Which domain protects a row is declared with its table. */
const ROW_MAC = ['packages/server/test/vault/hierarchy/row-mac.test.ts']
const DECLARATIONS = [`${TESTS}/declarations.test.ts`]
const LAST_USES = [`${TESTS}/last-uses.test.ts`]
const inFile = mistakesIn('packages/server/src/vault/records', [`${TESTS}/changeset.test.ts`])

/**
 * Mistakes in how records are read and written: rows that are used unverified, changes that are made over those of
 * another process, rows that are found in another place or not at all.
 */
export const recordMutants: readonly Mutant[] = [
  ...inFile('changeset.ts', [
    ['a change is made over that of another process', 'version: version - 1 })', 'version })'],
    [
      'an inserted row replaces what is there',
      'return this.#draft(table, record, 1, sealed)',
      'return this.#draft(table, record, 2, sealed)',
    ],
    ['an update writes the version that it read', '      version + 1,\n      sealed', '      version,\n      sealed'],
    ['an update loses sealed bytes', 'sealed === undefined ? kept :', 'sealed === undefined ? undefined :'],
    ['an update cannot remove sealed bytes', 'sealed === undefined ? kept : (sealed ?? undefined)', 'sealed ?? kept'],
    [
      'sealed bytes lose their generation',
      '...(sealed && { sealed: { generation: sealed.generation, sealedAs: sealedAs(table, row) } })',
      '',
    ],
    [
      'a record is written over that of another row',
      'if (written.id !== id) throw',
      'if (false) throw',
      { tests: TABLES },
    ],
    [
      'what is deleted may have changed',
      '    this.#expect.push({ table, id, version })\n    this.#delete',
      '    this.#delete',
    ],
    [
      'what is required may have changed',
      'require({ table, id, version }: Expectation): void {\n    this.#expect.push({ table, id, version })',
      'require({ table, id, version }: Expectation): void {',
    ],
    ['a changeset of deletions is empty', ' && this.#delete.length === 0', ''],
  ]),
  ...inFile('records.ts', [
    [
      'records are not verified',
      'super(store, (table, row) => authenticated(table, row, hierarchy))',
      'super(store, (table, row) => examined(table, row, hierarchy))',
    ],
    [
      'rows that do not verify are left out of lists',
      'return Promise.all(rows.map((row) => this.#open(table, row)))',
      "return Promise.allSettled(rows.map((row) => this.#open(table, row))).then((all) => all.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])))",
    ],
    [
      'only the first row of a list is read',
      'rows.map((row) => this.#open(table, row))',
      'rows.slice(0, 1).map((row) => this.#open(table, row))',
    ],
    ['nothing is expected at commit', 'expect: changes.expected', 'expect: []'],
    ['nothing is deleted at commit', 'delete: changes.deleted', 'delete: []'],
    [
      'a change commits without its record',
      'delete: changes.deleted,\n      audit,',
      'delete: changes.deleted,\n      audit: [],',
    ],
    ['an acceptance of rows is an ordinary commit', 'this.#context.store.acceptRows(', 'this.#context.store.commit('],
    ['the MAC has another generation than the sealed bytes', '.complete(row, sealed)', '.complete(row)'],
  ]),
  ...inFile('authentic.ts', [
    ['no row is verified', 'await hierarchy.verify(row)', 'row', { tests: TABLES }],
    ['any fault takes a row for unread', 'if (error instanceof IntegrityError) return', 'return'],
    ['an unread row counts as authentic', 'readonly isAuthentic = false', 'readonly isAuthentic = true'],
    [
      'sealed bytes are of the newest generation',
      'return sealed === null ? undefined : { generation, bytes: sealed }',
      'return sealed === null ? undefined : { bytes: sealed }',
    ],
  ]),
  ...inFile(
    'table.ts',
    [
      ['the Region of an alias is its account', "id.split('/', 2)[1]", "id.split('/', 2)[0]"],
      ['what belongs to no Region has its own domain', "return 'global'", "return ''"],
    ],
    ROW_MAC,
  ),
  ...inFile(
    'key.ts',
    [
      [
        'a key is in all Regions',
        'id: ({ region, keyId }: KeyName) => `${region}/${keyId}`',
        'id: ({ region, keyId }: KeyName) => keyId',
        { tests: TABLES },
      ],
      ['keys of an account are listed in all Regions', '`${accountId}/${region}`', 'accountId', { tests: TABLES }],
      [
        'a key that is being made waits for its date',
        "state === 'Creating' || state === 'Updating'",
        "state === 'Updating'",
      ],
      [
        'a key that is being updated waits for its date',
        "state === 'Creating' || state === 'Updating'",
        "state === 'Creating'",
      ],
      ['a key that waits for its deletion rotates', 'if (deletionMs !== undefined) return deletionMs', ''],
      ['a disabled key rotates', "state === 'Enabled' && multiRegion", 'multiRegion'],
      ['a replica rotates by itself', " && multiRegion?.type !== 'REPLICA'", ''],
    ],
    DECLARATIONS,
  ),
  ...inFile(
    'material.ts',
    [
      ['imported material never expires', 'imported?.validToMs ?? null', 'null'],
      ['a key has one material', '`${keyTable.id(key)}/${materialId}`', 'keyTable.id(key)', { tests: TABLES }],
    ],
    DECLARATIONS,
  ),
  ...inFile(
    'policy.ts',
    [
      ['a policy loses its bindings when it is written', '...(bindings && { bindings })', ''],
      ['a policy loses its bindings when it is read', '...(stored.bindings && { bindings: stored.bindings })', ''],
      ['a policy of the first form is empty', 'if (stored.form !== 2) return { text: body }', ''],
    ],
    DECLARATIONS,
  ),
  ...inFile(
    'alias.ts',
    [
      ['an alias is one in all Regions', '`${accountId}/${region}/${name}`', '`${accountId}/${name}`'],
      [
        'an alias is protected by the keys of another domain',
        'domain: secondPart',
        "domain: () => 'global'",
        { tests: ROW_MAC },
      ],
      ['an alias is found at no key', 'keyTable.id({ region, keyId })', 'keyId'],
    ],
    TABLES,
  ),
  ...inFile(
    'grant.ts',
    [
      ['grants are listed under names that another can get', 'byIds ? listedUnder(party) : party.arn', 'party.arn'],
      [
        'grants of earlier builds are listed where they are not',
        'byIds ? listedUnder(party) : party.arn',
        'listedUnder(party)',
      ],
      [
        'the grants of a grantee are those of all keys',
        '`${keyTable.id(grant)}/${listedAs(grant.grantee, grant)}`',
        '`${listedAs(grant.grantee, grant)}`',
      ],
    ],
    DECLARATIONS,
  ),
  ...inFile(
    'grant-name.ts',
    [
      ['grants to two grantees are one', '[grantee.arn, grantee.principalId]', '[]'],
      ['a grant to the successor of a name is the same', '[grantee.arn, grantee.principalId]', '[grantee.arn]'],
      ['grants that others retire are one', '[retiring?.arn, retiring?.principalId]', '[]'],
      ['a wider grant is the same', 'operations.toSorted(),', ''],
      ['the order of operations makes another grant', 'operations.toSorted(),', 'operations,'],
      [
        'the order of pairs makes another grant',
        'Object.entries(pairs).toSorted(([a], [b]) => (a < b ? -1 : 1))',
        'Object.entries(pairs)',
      ],
      [
        'a grant without its constraint is the same',
        '[sorted(encryptionContextEquals), sorted(encryptionContextSubset), sourceArn]',
        '[]',
      ],
      [
        'a whole is a subset',
        'sorted(encryptionContextEquals), sorted(encryptionContextSubset)',
        'sorted(encryptionContextEquals ?? encryptionContextSubset)',
      ],
    ],
    DECLARATIONS,
  ),
  ...inFile(
    'grant-rows.ts',
    [
      ['a grant that was listed again counts as changed', 'grant.relisted ? 2 : 1', '1'],
      ['two grants of a name are made', 'if (named) changes.insert(grantNameTable, named)', ''],
      ['who may retire a grant does not find it', 'if (retirable) changes.insert(retirableTable, retirable)', ''],
      ['a grant without a name is the same as all others', "name !== '' &&", ''],
    ],
    DECLARATIONS,
  ),
  ...inFile('access-key.ts', [
    ['access keys have a domain each', 'domain: global', 'domain: (id) => id', { tests: ROW_MAC }],
  ]),
  ...inFile('last-places.ts', [
    ['two creations take the last place', 'present + last > most', 'present + last > most + 1'],
    ['a creation writes where there is no place', 'present < most &&', ''],
    [
      'places are counted before their row is read',
      'const present = await count()',
      'const present = await count(); await services.records.get(settingTable, { name })',
    ],
  ]),
  ...inFile('waits.ts', [
    ['a wait begins with a clock that changes meanwhile', 'if (stored) changes.require(stored.row)', ''],
    ['a clock that does not verify cannot be begun again', 'context.records.unread.get(', 'context.records.get('],
    [
      'the clock of earlier builds stays',
      'if (previous === undefined) changes.discard(',
      'if (previous !== undefined) changes.discard(',
    ],
  ]),
  ...inFile('wait-over.ts', [
    ['what waits is destroyed by a clock that was taken back', 'if (this.#row) changes.require(this.#row)', ''],
  ]),
  ...inFile(
    'last-uses.ts',
    [
      ['an earlier use replaces a later one', 'written.value.usedMs >= use.usedMs', 'written.value.usedMs > Infinity'],
      ['the use of a deleted row is written', 'this.requireUsed(used, changes)', ''],
      ['uses are gone that another process kept from being written', '.committed) return', '.committed) void 0'],
      ['a use that is noted meanwhile is lost', 'if (this.#noted.get(id) === use) this.#noted', 'this.#noted'],
      ['an earlier use is told than is written', 'noted.usedMs >= written.usedMs', 'noted.usedMs >= 0'],
      ['each use is a commit', 'const USES_PER_COMMIT = 100', 'const USES_PER_COMMIT = 1'],
      [
        'one edited row keeps all uses from being written',
        'if (!(error instanceof IntegrityError)) throw error',
        'throw error',
      ],
    ],
    LAST_USES,
  ),
]
