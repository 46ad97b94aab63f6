import { openGcm } from './aead.ts'
import { kdf, isEqual, uint32 } from './seals.ts'
import { createHash } from 'node:crypto'
import { Failure } from './failure.ts'
import type { Key, Material } from './vault.ts'

/** Pairs of an encryption context. */
export type Context = Readonly<Record<string, string>>

const MAGIC = 0x4b
const BOUND_START = 2
const HEAD_BYTES = 51
const NONCE_END = 67
const IV_END = 79
const COMMITMENT_END = 111
const MIN_BYTES = 96
const MAX_BYTES = 6144

/** The canonical encryption context (docs/spec/encryption-context.md). */
function canonical(context: Context): Buffer {
  const pairs = Object.entries(context).map((pair) => pair.map((text) => Buffer.from(text)))
  if (pairs.length === 0) return Buffer.alloc(0)
  pairs.sort(([a = MISSING], [b = MISSING]) => Buffer.compare(a, b))
  return Buffer.concat([
    uint32(pairs.length * 2),
    ...pairs.flatMap((pair) => pair.flatMap((text) => [uint32(text.byteLength), text])),
  ])
}

const MISSING = Buffer.alloc(0)

/** Opens a ciphertext blob, of version 1 or 2 (docs/spec/ciphertext.md), by the keys of a data folder. */
export function openBlob(blob: Buffer, context: Context, keys: readonly Key[]): Buffer {
  const { keyId, materialId } = namesOf(blob)
  const material = materialOf(keys, keyId, materialId)
  const aad = canonical(context)
  const opened = blob[1] === 1 ? openVersion1(blob, material.bytes, aad) : openVersion2(blob, material.bytes, aad)
  if (opened !== undefined) return opened
  throw new Failure(`The blob of key ${keyId} does not open: it was changed, or the encryption context is another.`)
}

/** The key and the material that a blob names. */
function namesOf(blob: Buffer): { keyId: string; materialId: string } {
  const form = blob.byteLength >= MIN_BYTES && blob.byteLength <= MAX_BYTES && blob[0] === MAGIC
  const hex = blob.toString('hex', 3, 19)
  const known = form && (blob[1] === 1 || blob[1] === 2) && (blob[2] === 1 || blob[2] === 2)
  if (!known) throw new Failure('This is no ciphertext blob of Keyhold.')
  const uuid = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
  return { keyId: blob[2] === 1 ? uuid : `mrk-${hex}`, materialId: blob.toString('hex', 19, HEAD_BYTES) }
}

function materialOf(keys: readonly Key[], keyId: string, materialId: string): Material {
  const same = keys.filter((key) => key.keyId === keyId)
  const material = same.flatMap(({ materials }) => materials).find((one) => one.materialId === materialId)
  if (material !== undefined) return material
  const missing = same.length === 0 ? `There is no key ${keyId}` : `Key ${keyId} has no material ${materialId}`
  throw new Failure(`${missing} in the data folder.`)
}

function openVersion1(blob: Buffer, material: Buffer, aad: Buffer): Buffer | undefined {
  const key = kdf(material, 'keyhold/ciphertext', blob.subarray(BOUND_START, NONCE_END))
  const iv = blob.subarray(NONCE_END, IV_END)
  return openGcm({ key, iv, aad: Buffer.concat([blob.subarray(0, IV_END), aad]) }, blob.subarray(IV_END))
}

function openVersion2(blob: Buffer, material: Buffer, aad: Buffer): Buffer | undefined {
  const bound = Buffer.concat([blob.subarray(BOUND_START, NONCE_END), createHash('sha256').update(aad).digest()])
  const derive = (use: string): Buffer => kdf(material, `keyhold/ciphertext-2/${use}`, bound, 'sha512-256')
  if (!isEqual(derive('commitment'), blob.subarray(IV_END, COMMITMENT_END))) return undefined
  const header = blob.subarray(0, COMMITMENT_END)
  const iv = blob.subarray(NONCE_END, IV_END)
  return openGcm({ key: derive('key'), iv, aad: Buffer.concat([header, aad]) }, blob.subarray(COMMITMENT_END))
}
