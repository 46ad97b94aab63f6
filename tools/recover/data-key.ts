import { hkdfSync } from 'node:crypto'
import { type Context, openBlob } from './blob.ts'
import { type BranchKeyStore, openByBranchKey, PROVIDER as BRANCH_KEY } from './branch-keys.ts'
import { Failure } from './failure.ts'
import { type EncryptedDataKey, type OpenDataKey, serialized } from './message.ts'
import { openGcm } from './aead.ts'
import { isEqual } from './seals.ts'
import type { Key } from './vault.ts'

const KEY_FILE = 'keyhold-key-file'
const TAG_BITS = 128
const IV_BYTES = 12

/** The wrapping key of a key file, open. */
export interface WrappingKey {
  id: string
  key: Buffer
}

/** Opens a key file (docs/spec/key-file.md) by the keys of a data folder. */
export function openKeyFile(text: string, keys: readonly Key[]): WrappingKey {
  const { format, id, commitment, sealed } = JSON.parse(text) as KeyFile
  if (format !== `${KEY_FILE}/1`) throw new Failure('This is no key file in a form that is known here.')
  const candidates = sealed.map((seal) => ({
    provider: seal.provider,
    ciphertext: Buffer.from(seal.ciphertext, 'base64'),
  }))
  const key = byKeys(keys)(
    candidates.map((one) => ({ ...one, information: Buffer.alloc(0) })),
    { [KEY_FILE]: id },
  )
  const expected = Buffer.from(hkdfSync('sha512', key, id, `${KEY_FILE} commitment`, 32))
  if (isEqual(expected, Buffer.from(commitment, 'base64'))) return { id, key }
  throw new Failure('The key file commits to another key than the one that it holds.')
}

interface KeyFile {
  format: string
  id: string
  commitment: string
  sealed: { provider: string; key: string; ciphertext: string }[]
}

/** What opens a message beside the keys of the data folder. */
export interface Further {
  wrappingKey?: WrappingKey | undefined
  branchKeys?: BranchKeyStore | undefined
}

/** Opens data keys that a KMS key of the data folder sealed, itself or by way of a key file or a branch key. */
export function byKeys(keys: readonly Key[], further: Further = {}): OpenDataKey {
  return (candidates, context) => {
    const failures: string[] = []
    for (const candidate of candidates) {
      try {
        return openOne(candidate, context, keys, further)
      } catch (error) {
        if (!(error instanceof Failure)) throw error
        failures.push(error.message)
      }
    }
    throw new Failure(['No data key of the message opens.', ...failures].join(' '))
  }
}

function openOne(
  candidate: EncryptedDataKey,
  context: Context,
  keys: readonly Key[],
  { wrappingKey, branchKeys }: Further,
): Buffer {
  const { provider, ciphertext } = candidate
  if (provider === 'aws-kms') return openBlob(ciphertext, context, keys)
  if (provider === BRANCH_KEY && branchKeys) return openByBranchKey(candidate, context, branchKeys, keys)
  if (provider === KEY_FILE && wrappingKey) return openByKeyFile(candidate, context, wrappingKey)
  throw new Failure(`It is sealed by ${JSON.stringify(provider)}, for which nothing was given.`)
}

function openByKeyFile(
  { information, ciphertext }: EncryptedDataKey,
  context: Context,
  { id, key }: WrappingKey,
): Buffer {
  const head = Buffer.concat([Buffer.from(id), Buffer.from([0, 0, 0, TAG_BITS, 0, 0, 0, IV_BYTES])])
  if (!isEqual(information.subarray(0, head.byteLength), head)) throw new Failure('It is sealed by another key file.')
  const iv = information.subarray(head.byteLength)
  const opened = openGcm({ key, iv, aad: serialized(context) }, ciphertext)
  if (opened === undefined) throw new Failure('The key file does not open the message.')
  return opened
}
