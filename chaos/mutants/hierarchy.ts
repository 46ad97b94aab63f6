import { type Mutant, mistakesIn } from '../../tools/testing/mutants/mutant.ts'

const HIERARCHY = 'packages/server/test/vault/hierarchy'
const SPECIFIED = `${HIERARCHY}/specified.test.ts`
const SEAL = `${HIERARCHY}/seal.test.ts`
const ROW_MAC = `${HIERARCHY}/row-mac.test.ts`
const DOMAIN_KEYS = `${HIERARCHY}/domain-keys.test.ts`
const MATERIAL = `${HIERARCHY}/material.test.ts`
const FROM_REQUESTS = `${HIERARCHY}/from-requests.test.ts`

const inHierarchy = mistakesIn('packages/server/src/vault/hierarchy', [DOMAIN_KEYS])
const inStorage = mistakesIn('packages/server/src/vault/storage', [SPECIFIED])

/**
 * Mistakes in domain keys, row MACs and the keyring: rows and sealed values that would be taken for genuine in
 * another place or after a change, and keys that outlive what they should not.
 */
export const hierarchyMutants: readonly Mutant[] = [
  ...inHierarchy('domain-key.ts', [
    [
      'a seal is not bound to its purpose',
      'return `keyhold/${purpose}`',
      "return 'keyhold/audit'",
      { tests: [SPECIFIED] },
    ],
    ['a seal of another version opens', 'if (bytes[0] !== SEALED_VERSION[0]) return undefined', '', { tests: [SEAL] }],
    [
      'the key of a seal is not bound to its context',
      'context: identifiers, prefix',
      'context: this.#identifiers([]), prefix',
      { tests: [SPECIFIED] },
    ],
    [
      'a seal does not authenticate its context',
      'additionalData: identifiers',
      'additionalData: new Uint8Array()',
      { tests: [SPECIFIED] },
    ],
    [
      'keys are not bound to their domain',
      '[this.domain, String(this.generation), ...context]',
      '[String(this.generation), ...context]',
      { tests: [SPECIFIED] },
    ],
    [
      'keys are not bound to their generation',
      '[this.domain, String(this.generation), ...context]',
      '[this.domain, ...context]',
      { tests: [SPECIFIED] },
    ],
    ['all tables have one MAC key', 'this.#identifiers([table])', 'this.#identifiers([])', { tests: [ROW_MAC] }],
    [
      'the MAC key of the first table is kept for all',
      'this.#macKeys.set(table, key)',
      "this.#macKeys.set('key', key).set('setting', key)",
      { tests: [ROW_MAC] },
    ],
  ]),
  ...inHierarchy('domain-keys.ts', [
    [
      'the time says where the MAC of a domain key differs',
      'equalInConstantTime(row.mac, await this.rowMac(row))',
      'Buffer.compare(row.mac, await this.rowMac(row)) === 0',
      { tests: [ROW_MAC] },
    ],
    [
      'the row of a domain key is not verified',
      'if (!equalInConstantTime(row.mac, await this.rowMac(row))) throw',
      'if (false) throw',
    ],
    [
      'a domain key is any generation of its domain',
      "['domain-key', domain, String(generation)]",
      "['domain-key', domain]",
      { tests: [SPECIFIED] },
    ],
    [
      'a domain key is of any domain',
      "['domain-key', domain, String(generation)]",
      "['domain-key', String(generation)]",
      { tests: [SPECIFIED] },
    ],
    ['the MAC of a domain key is that of any table', "['row-mac', row.table]", "['row-mac']", { tests: [SPECIFIED] }],
    ['a domain whose key is not verified counts as one', 'if (row !== undefined) await this.#unwrap(row)', ''],
    [
      'what a forged domain key is refused with reaches no caller',
      'if (row !== undefined) await this.#unwrap(row)',
      'if (row !== undefined) void this.#unwrap(row).catch(() => undefined)',
    ],
    ['the oldest generation seals', 'Math.max(...generations.keys())', 'Math.min(...generations.keys())'],
    ['a rotation makes the same generation again', 'factsOf(row).generation)) + 1', 'factsOf(row).generation))'],
    [
      "a process uses the key that it made, not the winner's",
      'const stored = newestOf(await this.#reload(domain))',
      'const stored = await this.#unwrap(row)',
    ],
    [
      'the new generation of another process is refused',
      'return (known ?? (await this.#reload(domain)).get(generation))?.key',
      'return known?.key',
    ],
    [
      'a failure to read is remembered',
      'loading.catch(() => this.#domains.delete(domain))',
      'loading.catch(() => undefined)',
    ],
    ['domain keys are not forgotten', 'this.#domains.clear()', ''],
    [
      'strangers make the store be read',
      'const generations = await (this.#domains.get(domain) ?? this.#reload(domain))',
      'const generations = await this.#reload(domain)',
      { tests: [FROM_REQUESTS] },
    ],
    [
      'an emptied database begins a ledger',
      "if (rows.length === 0) throw new IntegrityError('the database has no domain key: it was emptied')",
      '',
    ],
    ['a ledger that was removed begins again', 'if (rows.some((row) => factsOf(row).ledger === true))', 'if (false)'],
    ['a domain key does not say that there is a ledger', 'ledger: true, ...made }', 'ledger: false, ...made }'],
    [
      'the secret of a new domain key is not wiped',
      'using secret = this.#random.secret(DOMAIN_KEY_BYTES)',
      'const secret = this.#random.secret(DOMAIN_KEY_BYTES)',
    ],
  ]),
  ...inHierarchy('row-mac.ts', [
    [
      'no row is verified',
      'if (equalInConstantTime(row.mac, expected)) return row',
      'if (expected.byteLength > 0) return row',
      { tests: [ROW_MAC] },
    ],
    [
      'a row that does not verify is passed on',
      'if (equalInConstantTime(row.mac, expected)) return row',
      'return row',
      { tests: [ROW_MAC] },
    ],
    [
      'the time says where a MAC differs',
      'equalInConstantTime(row.mac, expected)',
      'Buffer.compare(row.mac, expected) === 0',
      { tests: [ROW_MAC] },
    ],
  ]),
  ...inHierarchy('hierarchy.ts', [
    [
      'rows are verified under the newest generation',
      'domainOf(row.table, row.id), row.generation)',
      'domainOf(row.table, row.id), 1)',
    ],
    [
      'anyone writes domain keys',
      "if (table === 'domain_key') throw new TypeError('only the hierarchy writes domain keys')",
      '',
      { tests: [ROW_MAC] },
    ],
    ['a row without a domain has one of its own', "if (domain === '') throw", 'if (false) throw', { tests: [ROW_MAC] }],
    [
      'sealed bytes of an older generation are taken for those of the newest',
      'isOlder ? await this.#existing(domain, sealed.generation) : to',
      'to',
    ],
    ['a foreign root is found at the first request', "await domainKeys.stored('global')", ''],
    [
      'a ledger that was removed is not missed',
      "if (ledger === 'begin' && (await context.store.ledger()) === undefined)",
      'if (false)',
    ],
    [
      'markers make the store be read',
      'comesWithRequests(purpose)',
      "comesWithRequests(purpose) && purpose !== 'marker'",
      { tests: [FROM_REQUESTS] },
    ],
    [
      'grant tokens make the store be read',
      'comesWithRequests(purpose)',
      "comesWithRequests(purpose) && purpose !== 'grant-token'",
      { tests: [FROM_REQUESTS] },
    ],
    [
      'a seal of a generation that there is not opens under the newest',
      'if (key !== undefined) return secret',
      'return secret',
      { tests: [FROM_REQUESTS] },
    ],
    ['the time says which generations there are', '(key ?? newest)?.unseal', 'key?.unseal', { tests: [FROM_REQUESTS] }],
    ['material is not forgotten', 'this.#keyring.forget(materialRowId)', '', { tests: [MATERIAL] }],
    ['material is not forgotten with everything', 'this.#keyring.forgetAll()', '', { tests: [MATERIAL] }],
  ]),
  ...inHierarchy(
    'keyring.ts',
    [
      ['the material of an earlier version is used', 'if (held?.version === row.version)', 'if (held !== undefined)'],
      [
        'material that was deleted meanwhile comes back',
        'if (epoch !== this.#epoch) this.#remains = true',
        'if (false) this.#remains = true',
      ],
      [
        'one material that is forgotten comes back',
        '    this.#epoch++\n    if (this.#keys.delete(rowId)',
        '    if (this.#keys.delete(rowId)',
      ],
      ['one material is not forgotten', 'this.#keys.delete(rowId)', 'rowId'],
      ['no material is kept', 'this.#keys.set(row.id', "this.#keys.set(''"],
      [
        'all material that is forgotten comes back',
        '    this.#epoch++\n    this.#keys.clear()',
        '    this.#keys.clear()',
      ],
    ],
    [MATERIAL],
  ),
  ...inHierarchy('material.ts', [
    [
      'material is not bound to its key',
      "'material', [keyId, materialId], secret",
      "'material', [materialId], secret",
      { tests: [MATERIAL] },
    ],
  ]),
  ...inHierarchy(
    'row-mac.ts',
    [
      [
        'the sealed bytes are not in the MAC',
        'Buffer.concat([lengthPrefixed(rowColumns(row)), sealedColumn(row)])',
        'lengthPrefixed(rowColumns(row))',
      ],
      [
        'what moves between columns is not seen',
        'lengthPrefixed(rowColumns(row))',
        "Buffer.from(rowColumns(row).join(''))",
      ],
    ],
    [SPECIFIED],
  ),
  ...inStorage('row-bytes.ts', [
    ['the table is not in the MAC', 'return [table, id,', 'return [id,'],
    ['the id is not in the MAC', 'return [table, id, owner', 'return [table, owner'],
    ['the owner is not in the MAC', 'id, owner, target, dueMs === null', 'id, target, dueMs === null'],
    ['the target is not in the MAC', 'owner, target, dueMs === null', 'owner, dueMs === null'],
    ['the due time is not in the MAC', "dueMs === null ? '' : String(dueMs), ", ''],
    ['no due time is the time 0', "dueMs === null ? '' : String(dueMs)", 'String(dueMs ?? 0)'],
    ['the version is not in the MAC: an old row may come back', 'String(version), ', ''],
    ['the generation is not in the MAC', 'String(generation), ', ''],
    ['the body is not in the MAC', ', body]', ']'],
    [
      'no sealed bytes are empty ones',
      'sealed === null ? Uint8Array.of(0) : Buffer.concat([Uint8Array.of(1), sealed])',
      'sealed ?? new Uint8Array()',
    ],
  ]),
]
