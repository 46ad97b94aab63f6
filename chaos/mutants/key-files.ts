import { type Mutant, mistakesIn } from '../../tools/testing/mutants/mutant.ts'

const TESTS = [
  'packages/client/test/key-file',
  'packages/client/test/node/key-file.test.ts',
  'packages/client/test/key-file-vectors.test.ts',
]
const inFile = mistakesIn('packages/client/src', TESTS)

/** Mistakes in key files: files that others make one's own, that nothing opens any more, or that open to another key. */
export const keyFileMutants: readonly Mutant[] = [
  ...inFile('key-file/format.ts', [
    [
      'a file of any format is read',
      "if (json['format'] !== FORMAT) throw",
      'if (false) throw',
      { tests: ['packages/client/test/node/key-file.test.ts'] },
    ],
    ['an id may have any form', 'if (!ID.test(id)) throw', 'if (false) throw'],
    ['a commitment may have any length', 'if (commitment.length !== COMMITMENT_BYTES) throw', 'if (false) throw'],
    ['a file may be sealed under no key', '!Array.isArray(sealed) || sealed.length === 0', '!Array.isArray(sealed)'],
    ['a member more is ignored', 'found.length === names.length && ', ''],
    [
      'two byte-order marks are one',
      'hasByteOrderMark(bytes) ? bytes.subarray(3)',
      'hasByteOrderMark(bytes) ? bytes.subarray(bytes[3] === 0xef ? 6 : 3)',
    ],
    ['a byte-order mark is no JSON', 'hasByteOrderMark(bytes) ? bytes.subarray(3) : bytes', 'bytes'],
    [
      'a value may have several spellings in base64',
      'const bytes = decodeBase64(textOf(value))',
      "const bytes = new Uint8Array(Buffer.from(textOf(value), 'base64'))",
    ],
    ['seals are of any file', '{ [KEY_FILE_NAMESPACE]: id }', "{ [KEY_FILE_NAMESPACE]: '' }"],
    ['a commitment is for any file', 'const salt = encoder.encode(id)', "const salt = encoder.encode('')"],
    ['a commitment has another label', "encode('keyhold-key-file commitment')", "encode('keyhold-key-file')"],
    ['a file lies on one line', 'JSON.stringify(json, undefined, 2)', 'JSON.stringify(json)'],
  ]),
  ...inFile('key-file/open.ts', [
    ['any key that a keyring opens is the file’s', 'if (await accepts(dataKey)) return dataKey', 'return dataKey'],
    [
      'a keyring that cannot tell takes the first key',
      'encryptedDataKeys: sealed, accepts }',
      'encryptedDataKeys: sealed, accepts: async () => true }',
    ],
    ['seals of any file open', 'const context = sealingContext(id)', "const context = sealingContext('')"],
    ['a wrong key is not wiped', 'dataKey.wipe()', ''],
    ['a key of any length is taken', 'dataKeyBytes: WRAPPING_KEY_BYTES', 'dataKeyBytes: 16'],
  ]),
  ...inFile('key-file/rewrap.ts', [
    ['a key that is not there is removed', 'if (absent !== undefined) throw', 'if (false) throw'],
    ['nothing may open the file', 'if (kept.length + add.length === 0) throw', 'if (false) throw'],
    ['the file keeps no key', 'sealed: [...kept, ...added]', 'sealed: [...added]'],
    ['a key to remove stays', '!remove.includes(names[index]!)', 'true'],
    [
      'any key may be re-encrypted from',
      "if (from === undefined) throw invalid('To re-encrypt",
      "if (false) throw invalid('To re-encrypt",
    ],
    [
      'keys of any account may be re-encrypted from',
      "if ('accounts' in from) return outsideOf(from, source)",
      "if ('accounts' in from) return undefined",
    ],
    [
      'keys that are not named may be re-encrypted from',
      'return from.includes(source) ? undefined',
      'return true ? undefined',
    ],
    ['ReEncrypt is asked to lead to another region', '|| parseKeyArn(source).region !== parseKeyArn(key).region', ''],
    ['ReEncrypt is asked about keys of others', 'seal.providerId === PROVIDER_ID && ', ''],
    ['the first key that fails ends the search', 'attempts.push({ ...named, ...failedWith(error) })', 'throw error'],
    ['a seal is bound to nothing', 'DestinationEncryptionContext: context }', 'DestinationEncryptionContext: {} }'],
    [
      'an answer of another key is taken',
      'return encryptedBy(key, await kms.call',
      'return encryptedBy(infoAsText(seal), await kms.call',
    ],
    ['the opened key is not wiped', 'using dataKey = await openSeal', 'const dataKey = await openSeal'],
  ]),
  ...inFile('node/key-file.ts', [
    ['a key file is written over', 'mustBeNew: true', 'mustBeNew: false'],
    ['a key file of any size is read', 'if (status.size > MAX_BYTES) throw', 'if (false) throw'],
    [
      'what another program changed is written over',
      'followLink: false, lock, replaces, ',
      'followLink: false, lock, ',
    ],
  ]),
]
