/** The keys, keyrings and files that the calls with wrong arguments need. */
import { generateKeyPairSync } from 'node:crypto'
import { after } from 'node:test'
import * as client from '../../src/index.ts'
import { folder } from '../../../../tools/testing/folder.ts'
import { MemoryKms } from '../support/memory-kms.ts'
import { chunked, collector, pattern, testEnvelope } from '../support/messages.ts'
import {
  but,
  bytes,
  flag,
  isRequired,
  limit,
  options,
  pairs,
  positive,
  signal,
  text,
  texts,
  value,
  type Value,
  NOT_PATHS,
} from './values.ts'

const kms = new MemoryKms()
export const key = kms.createKey()
export const arn = value(key, [null, 7, '', 'alias/orders', key.split('/')[1], [key]])
export const { envelope } = testEnvelope({ signed: false })
export const message = await envelope.encrypt(pattern(9))
export const aKeyring = client.rawAes({ namespace: 'n', name: 'k', wrappingKey: pattern(32) })
export const keyring = isRequired(
  value(aKeyring, [null, 7, 'text', {}, [], { onEncrypt: () => undefined }, Promise.resolve(aKeyring)]),
)
export const service = client.kms({ region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 's' } })
export const someKms = value(kms, [null, 7, 'text', {}, []])
const pem = {
  publicKeyEncoding: { format: 'pem', type: 'spki' },
  privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
} as const
export const rsa = generateKeyPairSync('rsa', { modulusLength: 2048, ...pem })
export const ec = generateKeyPairSync('ec', { namedCurve: 'P-256', ...pem })
export const anyKey = (valid: string): Value => value(valid, [null, 7, {}, [], '', 'no key', pattern(8)])
export const grants = { grantTokens: texts(['token']) }
export const cache = options({
  maxAgeMs: isRequired(positive(1)),
  maxMessages: positive(1),
  maxBytes: positive(1),
  maxEntries: positive(1),
})
export const limits = {
  maxEncryptedDataKeys: limit(100),
  maxFrameLength: limit(2 ** 24),
  maxHeaderBytes: limit(2 ** 20),
}
export const encrypting = { context: pairs, signal }
export const expect = isRequired(value(pairs.valid, [...pairs.wrong, Symbol('s')]))
export const files = {
  onProgress: but(() => undefined, 'function'),
  followLink: flag(true),
  mustBeNew: flag(false),
  inPlace: flag(false),
}
export const accounts = { accounts: texts(['111122223333']), partition: text('aws') }

const temporary = await folder()
after(() => temporary[Symbol.asyncDispose]())
export const here = (name: string): string => temporary.path(name)
await envelope.encryptFile(chunked(pattern(9), 4), here('message'))
await client.createKeyFile(here('key-file'), { keyring: aKeyring })
export const keyFile = await client.readKeyFile(here('key-file'))
export const storage = new client.FileBranchKeyStorage(here('branch-keys'))
export const store = new client.BranchKeyStore({ kms, key, name: 'store', storage })
export const branchKey = await store.createKey()
export const record = {
  'branch-key-id': 'b',
  type: 'branch:ACTIVE',
  enc: pattern(3),
  'kms-arn': key,
  'create-time': 'c',
  'hierarchy-version': '1',
}
const records = options({ enc: bytes(3), type: text('branch:ACTIVE'), 'branch-key-id': text('b') })
export const aRecord = value(
  record,
  records.wrong.filter((one) => typeof one !== 'object' || one === null || !('contxt' in one)),
)
export const source = value(here('message'), [...NOT_PATHS, new Uint16Array(2), [pattern(2)]])
export const target = value(collector(), [...NOT_PATHS, { write: 'text' }])
