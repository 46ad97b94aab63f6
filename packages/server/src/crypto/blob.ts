import type { KeyObject } from 'node:crypto'
import type { Secret } from '@keyhold/protocol'
import type { Random } from '../platform/random.ts'
import { SEAL_OVERHEAD_BYTES, openDerived, sealDerived } from './derived-seal.ts'
import type { SealBinding } from './derived-seal.ts'
import { canonicalContext } from './encryption-context.ts'
import type { EncryptionContext } from './encryption-context.ts'

/** The key and the material that a ciphertext is sealed under. */
export interface BlobKey {
  /** A dashed UUID in lower case, or `mrk-` and 32 hexadecimal digits. */
  keyId: string
  /** 64 hexadecimal digits in lower case. */
  materialId: string
}

/** A ciphertext whose form is sound. Whether it is genuine, {@link openBlob} finds out. */
export interface ParsedBlob extends BlobKey {
  readonly bytes: Uint8Array
}

const LABEL = 'keyhold/ciphertext'
/** `K`, then the version of this format: 1. AWS's own blobs begin with 0x01. */
const FORMAT = 0x4b01
const KIND = { uuid: 1, multiRegion: 2 } as const
const KEY_START = 2
const KEY_ID_START = 3
const MATERIAL_START = 19
const PREFIX_BYTES = 51
const MIN_BLOB_BYTES = PREFIX_BYTES + SEAL_OVERHEAD_BYTES + 1
/** As long as the wire lets a CiphertextBlob be. */
const MAX_BLOB_BYTES = 6144

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const MULTI_REGION = /^mrk-[0-9a-f]{32}$/
const MATERIAL_ID = /^[0-9a-f]{64}$/

/**
 * Seals 1 to 6,049 bytes as a ciphertext that names its key (docs/spec/ciphertext.md). Throws `TypeError` for an
 * identifier of another form and `RangeError` for another length: both are bugs in the caller.
 */
export function sealBlob(
  material: KeyObject,
  key: BlobKey,
  plaintext: Uint8Array,
  context: EncryptionContext,
  random: Random,
): Uint8Array {
  const bytes = PREFIX_BYTES + SEAL_OVERHEAD_BYTES + plaintext.byteLength
  if (bytes < MIN_BLOB_BYTES || bytes > MAX_BLOB_BYTES) throw new RangeError('a plaintext has 1 to 6,049 bytes')
  return sealDerived(material, binding(encodePrefix(key), context), plaintext, random)
}

/** Reads which key and material a ciphertext names; `undefined` for any other version, form or length. Touches no key. */
export function parseBlob(bytes: Uint8Array): ParsedBlob | undefined {
  if (bytes.byteLength < MIN_BLOB_BYTES || bytes.byteLength > MAX_BLOB_BYTES) return undefined
  const prefix = Buffer.from(bytes.buffer, bytes.byteOffset, PREFIX_BYTES)
  if (prefix.readUInt16BE(0) !== FORMAT) return undefined
  const keyId = decodeKeyId(prefix)
  return keyId === undefined ? undefined : { keyId, materialId: prefix.toString('hex', MATERIAL_START), bytes }
}

/**
 * The plaintext, or `undefined`: wrong material, wrong context and any changed byte look the same. A blob that names
 * another key or material than `material` belongs to does not open, whatever the caller looked up.
 */
export function openBlob(material: KeyObject, blob: ParsedBlob, context: EncryptionContext): Secret | undefined {
  return openDerived(material, binding(encodePrefix(blob), context), blob.bytes)
}

/** The KDF's Context is the key's kind, id and material id; the version is in the AAD with them. */
function binding(prefix: Uint8Array, context: EncryptionContext): SealBinding {
  return { label: LABEL, context: prefix.subarray(KEY_START), prefix, additionalData: canonicalContext(context) }
}

function encodePrefix({ keyId, materialId }: BlobKey): Buffer {
  if (!MATERIAL_ID.test(materialId)) throw new TypeError(`not a key material id: ${materialId}`)
  return Buffer.from(`${FORMAT.toString(16)}${keyIdHex(keyId)}${materialId}`, 'hex')
}

function keyIdHex(keyId: string): string {
  if (UUID.test(keyId)) return `0${KIND.uuid}${keyId.replaceAll('-', '')}`
  if (MULTI_REGION.test(keyId)) return `0${KIND.multiRegion}${keyId.slice('mrk-'.length)}`
  throw new TypeError(`not a key id: ${keyId}`)
}

function decodeKeyId(prefix: Buffer): string | undefined {
  const digits = prefix.toString('hex', KEY_ID_START, MATERIAL_START)
  if (prefix[KEY_START] === KIND.multiRegion) return `mrk-${digits}`
  if (prefix[KEY_START] !== KIND.uuid) return undefined
  const groups = [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20), digits.slice(20)]
  return groups.join('-')
}
