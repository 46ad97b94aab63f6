import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Context, openBlob } from './blob.ts'
import { Failure } from './failure.ts'
import { type EncryptedDataKey, serialized } from './message.ts'
import { openGcm } from './aead.ts'
import { kdf } from './seals.ts'
import type { Key } from './vault.ts'

/** A branch key store (docs/spec/branch-key-store.md): its folder, and its logical name, which no file has. */
export interface BranchKeyStore {
  folder: string
  name: string
}

export const PROVIDER = 'aws-kms-hierarchy'
const SALT_BYTES = 16
const IV_END = 28
const HEAD_BYTES = 44

type BranchRecord = Readonly<Record<string, string>>

/** Opens a data key that is wrapped under a branch key of the store. Throws {@link Failure}. */
export function openByBranchKey(
  { information, ciphertext }: EncryptedDataKey,
  context: Context,
  store: BranchKeyStore,
  keys: readonly Key[],
): Buffer {
  const id = information.toString()
  const version = ciphertext.subarray(IV_END, HEAD_BYTES)
  const branchKey = openRecord(recordOf(id, version.toString('hex'), store), store, keys)
  const key = kdf(branchKey, PROVIDER, ciphertext.subarray(0, SALT_BYTES))
  const aad = Buffer.concat([Buffer.from(PROVIDER), information, version, serialized(context)])
  const opened = openGcm({ key, iv: ciphertext.subarray(SALT_BYTES, IV_END), aad }, ciphertext.subarray(HEAD_BYTES))
  if (opened === undefined) throw new Failure(`The branch key ${id} does not open the message.`)
  return opened
}

function recordOf(id: string, version: string, { folder }: BranchKeyStore): BranchRecord {
  const file = join(folder, `${createHash('sha256').update(id).digest('hex')}.json`)
  const records = JSON.parse(readFileSync(file, 'utf8')) as BranchRecord[]
  const found = records.find(({ type = '' }) => type.replaceAll('-', '') === `branch:version:${version}`)
  if (found === undefined) throw new Failure(`The store has no version ${version} of the branch key ${id}.`)
  return found
}

function openRecord(record: BranchRecord, { name }: BranchKeyStore, keys: readonly Key[]): Buffer {
  const { enc = '', ...attributes } = record
  return openBlob(Buffer.from(enc, 'base64'), { ...attributes, tablename: name }, keys)
}
