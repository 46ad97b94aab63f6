import { type Mutant, mistakesIn } from '../../tools/testing/mutants/mutant.ts'

const SPECIFIED = 'packages/server/test/vault/hierarchy/specified.test.ts'
const SEAL = 'packages/server/test/vault/hierarchy/seal.test.ts'
const ROOT = 'packages/server/test/vault/root/keyed-root.test.ts'
const CONTRACT = 'packages/server/test/vault/root/providers.test.ts'
const inRoot = mistakesIn('packages/server/src/vault/root', [ROOT, CONTRACT])
const inCrypto = mistakesIn('packages/server/src/crypto', [SPECIFIED])

/** Mistakes in the root of trust and in how everything is sealed: what opens in another place, or under another root. */
export const rootMutants: readonly Mutant[] = [
  ...inRoot('keyed-root.ts', [
    [
      'any root unwraps: the prefix is not compared',
      'if (equalInConstantTime(start, binding.prefix)) return',
      'if (start !== undefined) return',
    ],
    [
      'the key of wrapped bytes is not bound to their context',
      'context: identifiers, prefix',
      "context: this.#identifiers(generation, ['']), prefix",
      { tests: [SPECIFIED] },
    ],
    [
      'wrapped bytes do not authenticate their context',
      'additionalData: identifiers',
      'additionalData: new Uint8Array()',
      { tests: [SPECIFIED] },
    ],
    ['a MAC is not bound to its context', 'MAC_LABEL, context, generation', 'MAC_LABEL, [], generation'],
    ['a root is its id, whatever its generation', '[this.id, String(generation), ...context]', '[this.id, ...context]'],
    [
      'a MAC does not name the root',
      '[this.id, String(generation), ...context]',
      '[String(generation), ...context]',
      { tests: [CONTRACT, SPECIFIED] },
    ],
    ['a destroyed root goes on', 'held.delete(this)', 'void held'],
    [
      'wrapping and MACs have one key',
      "const MAC_LABEL = 'keyhold/root/mac'",
      "const MAC_LABEL = 'keyhold/root/wrap'",
      { tests: [SPECIFIED] },
    ],
    [
      'the generation is not in the prefix',
      'prefix.writeUInt32BE(generation, 17)',
      'prefix.writeUInt32BE(1, 17)',
      { tests: [SPECIFIED] },
    ],
  ]),
  ...inCrypto('derived-seal.ts', [
    ['the nonce is always the same', 'random.bytes(FRESH_BYTES)', 'new Uint8Array(FRESH_BYTES)', { tests: [SEAL] }],
    ['all seals of a place have one key', 'Buffer.concat([context, nonce])', 'context'],
    [
      'the header is not authenticated',
      'additionalData.byteLength === 0 ? header : Buffer.concat([header, additionalData])',
      'additionalData',
    ],
  ]),
  ...inCrypto(
    'constant-time.ts',
    [
      [
        'only the shorter length is compared',
        'left.byteLength === right.byteLength && timingSafeEqual(left, right)',
        'timingSafeEqual(left.subarray(0, right.byteLength), right.subarray(0, left.byteLength))',
      ],
      ['the time says where bytes differ', 'timingSafeEqual(left, right)', 'Buffer.compare(left, right) === 0'],
    ],
    ['packages/server/test/crypto/constant-time.test.ts'],
  ),
  ...inRoot(
    'root-text.ts',
    [
      [
        'a damaged root file is opened',
        'if (!equalInConstantTime(text.subarray(covered.byteLength), Buffer.from(checksumLine(covered))))',
        'if (false)',
      ],
      ['a later version is read as this one', "if (version !== '1' && version !== '2') return 'unsupported'", ''],
      ['a key of another length is a root key', 'key?.byteLength === ROOT_KEY_BYTES', 'key !== undefined'],
    ],
    ['packages/server/test/vault/root/file-root.test.ts'],
  ),
  ...inRoot(
    'file-root.ts',
    [['any root opens the folder', 'if (parsed.id === expectedId) return', 'if (parsed.id !== undefined) return']],
    ['packages/server/test/vault/root/file-root.test.ts'],
  ),
  ...inRoot(
    'private-file.ts',
    [
      [
        'others may read the root file',
        'if (!WINDOWS && (status.mode & OTHERS) !== 0) throw tooOpen(file, role, status.mode)',
        '',
      ],
      ['the root file is made for others to read', 'const OWNER_ONLY = 0o600', 'const OWNER_ONLY = 0o644'],
      [
        'a root is replaced',
        'await link(temporary, file)',
        "await (await import('node:fs/promises')).copyFile(temporary, file)",
      ],
      [
        'the temporary file stays',
        '    } finally {\n      await unlink(temporary)',
        '    } finally {\n      void temporary',
      ],
      ['a pipe is waited for', 'constants.O_RDONLY | constants.O_NONBLOCK', 'constants.O_RDONLY', { hangsMs: 30_000 }],
    ],
    ['packages/server/test/vault/root/file-root.test.ts'],
  ),
  ...inRoot(
    'providers.ts',
    [
      [
        'the first provider that does not open the root is the last',
        'if (root === undefined) continue',
        "if (root === undefined) throw failures[0] ?? new Error('none')",
      ],
      [
        'a provider that does not open the root goes unnoticed',
        "logger.warn('a provider of the root of trust does not open it', { error })",
        'void error',
      ],
      ['a bug is taken for a root that cannot be opened', 'if (!(error instanceof RootError)) throw error', ''],
      [
        'every kind of provider is a file',
        "kind === 'file' && file !== undefined",
        "kind !== 'file' || file !== undefined",
      ],
    ],
    [CONTRACT],
  ),
]
