import type { KeyObject } from 'node:crypto'
import type { Secret } from '@keyhold/protocol'
import type { Random } from '../platform/random.ts'
import { COMMITTED_OVERHEAD_BYTES, type CommittedBinding, openCommitted, sealCommitted } from './committed-seal.ts'
import { openDerived, SEAL_OVERHEAD_BYTES } from './derived-seal.ts'
import { canonicalContext } from './encryption-context.ts'
import type { EncryptionContext } from './encryption-context.ts'

/** The key and the key material that seal a ciphertext. */
export interface BlobKey {
  /** A dashed UUID in lower case, or `mrk-` and 32 hexadecimal digits. */
  keyId: string
  /** 64 hexadecimal digits in lower case. */
  materialId: string
}

/** A ciphertext in a valid format. {@link openBlob} checks whether it is authentic. */
export interface ParsedBlob extends BlobKey {
  readonly version: BlobVersion
  readonly bytes: Uint8Array
}

type BlobVersion = 1 | 2

/** How to open one version of the format, and how much longer than its plaintext its blobs are. */
interface BlobForm {
  overheadBytes: number
  open(material: KeyObject, prefix: Uint8Array, bytes: Uint8Array, context: EncryptionContext): Secret | undefined
}

const LABEL = 'keyhold/ciphertext'
const LABELS = { key: 'keyhold/ciphertext-2/key', commitment: 'keyhold/ciphertext-2/commitment' }
/** `K`. The version of the format follows. AWS's blobs begin with 0x01. */
const MAGIC = 0x4b
const KIND = { uuid: 1, multiRegion: 2 } as const
const KEY_START = 2
const KEY_ID_START = 3
const MATERIAL_START = 19
const PREFIX_BYTES = 51
/** The maximum length of a CiphertextBlob in the API. */
const MAX_BLOB_BYTES = 6144

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const MULTI_REGION = /^mrk-[0-9a-f]{32}$/
const MATERIAL_ID = /^[0-9a-f]{64}$/

/** Earlier versions can always be opened, and are no longer written. */
const FORMS: Readonly<Record<BlobVersion, BlobForm>> = Object.freeze({
  1: { overheadBytes: PREFIX_BYTES + SEAL_OVERHEAD_BYTES, open: openVersion1 },
  2: { overheadBytes: PREFIX_BYTES + COMMITTED_OVERHEAD_BYTES, open: openVersion2 },
})
const NEWEST = 2
/** The service seals only plaintexts of at least one byte, and all of them fit. */
const MAX_SEALED_PLAINTEXT_BYTES = MAX_BLOB_BYTES - FORMS[NEWEST].overheadBytes

/**
 * Seals 1 to 6,017 bytes as a ciphertext that names its key (docs/spec/ciphertext.md). Throws `TypeError` for an
 * identifier in another format and `RangeError` for another length: both are bugs in the caller.
 */
export function sealBlob(
  material: KeyObject,
  key: BlobKey,
  plaintext: Uint8Array,
  context: EncryptionContext,
  random: Random,
): Uint8Array {
  const { byteLength } = plaintext
  if (byteLength < 1 || byteLength > MAX_SEALED_PLAINTEXT_BYTES)
    throw new RangeError('a plaintext must have 1 to 6,017 bytes')
  return sealCommitted(material, binding(encodePrefix(NEWEST, key), context), plaintext, random)
}

/**
 * Reads which key and material a ciphertext names. Returns `undefined` for any other version, format or length. Uses no
 * key.
 */
export function parseBlob(bytes: Uint8Array): ParsedBlob | undefined {
  if (bytes.byteLength <= PREFIX_BYTES || bytes.byteLength > MAX_BLOB_BYTES) return undefined
  const prefix = Buffer.from(bytes.buffer, bytes.byteOffset, PREFIX_BYTES)
  const version = versionOf(prefix)
  if (version === undefined || bytes.byteLength <= FORMS[version].overheadBytes) return undefined
  const keyId = decodeKeyId(prefix)
  return keyId === undefined ? undefined : { version, keyId, materialId: prefix.toString('hex', MATERIAL_START), bytes }
}

/**
 * Returns the plaintext, or `undefined`. Wrong material, a wrong context and any changed byte give the same result. A
 * blob that names another key or material than `material` belongs to does not open, whichever key the caller looked up.
 */
export function openBlob(material: KeyObject, blob: ParsedBlob, context: EncryptionContext): Secret | undefined {
  return FORMS[blob.version].open(material, encodePrefix(blob.version, blob), blob.bytes, context)
}

function openVersion1(
  material: KeyObject,
  prefix: Uint8Array,
  bytes: Uint8Array,
  context: EncryptionContext,
): Secret | undefined {
  return openDerived(material, { label: LABEL, ...place(prefix, context) }, bytes)
}

function openVersion2(
  material: KeyObject,
  prefix: Uint8Array,
  bytes: Uint8Array,
  context: EncryptionContext,
): Secret | undefined {
  return openCommitted(material, binding(prefix, context), bytes)
}

function binding(prefix: Uint8Array, context: EncryptionContext): CommittedBinding {
  return { labels: LABELS, ...place(prefix, context) }
}

/**
 * The KDF's Context is the kind of the key id, the key id and the material id. The AAD holds them too, with the
 * version.
 */
function place(prefix: Uint8Array, context: EncryptionContext): Omit<CommittedBinding, 'labels'> {
  return { context: prefix.subarray(KEY_START), prefix, additionalData: canonicalContext(context) }
}

function versionOf(prefix: Buffer): BlobVersion | undefined {
  if (prefix[0] !== MAGIC) return undefined
  return prefix[1] === 1 || prefix[1] === 2 ? prefix[1] : undefined
}

function encodePrefix(version: BlobVersion, { keyId, materialId }: BlobKey): Buffer {
  if (!MATERIAL_ID.test(materialId)) throw new TypeError(`not a key material id: ${materialId}`)
  return Buffer.from(`${MAGIC.toString(16)}0${version}${keyIdHex(keyId)}${materialId}`, 'hex')
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
