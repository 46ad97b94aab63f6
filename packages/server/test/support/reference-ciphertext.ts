import { webcrypto } from 'node:crypto'
import { hmac } from '@noble/hashes/hmac.js'
import { sha512_256 } from '@noble/hashes/sha2.js'

/**
 * docs/spec/ciphertext.md and docs/spec/encryption-context.md a second time, from their text, on WebCrypto, noble (for
 * SHA-512/256, which WebCrypto lacks) and DataView: nothing of the product is used, so that both would have to make the
 * same mistake.
 */
export interface ReferenceInput {
  version: 1 | 2
  material: Uint8Array
  keyId: string
  materialId: string
  nonce: Uint8Array
  iv: Uint8Array
  context: Readonly<Record<string, string>>
}

export async function referenceSeal(input: ReferenceInput, plaintext: Uint8Array): Promise<Uint8Array> {
  const { header, subKey, algorithm } = await prepare(input)
  const sealed = await webcrypto.subtle.encrypt(algorithm, subKey, Uint8Array.from(plaintext))
  return join([header, new Uint8Array(sealed)])
}

/** Rejects when the tag does not verify. */
export async function referenceOpen(input: ReferenceInput, blob: Uint8Array): Promise<Uint8Array> {
  const { header, subKey, algorithm } = await prepare(input)
  return new Uint8Array(await webcrypto.subtle.decrypt(algorithm, subKey, blob.slice(header.byteLength)))
}

/** SP 800-108r1, counter mode, HMAC-SHA256, 256 bits. */
export function referenceKdf(key: Uint8Array, label: string, context: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return referenceHmac(key, join([u32(1), utf8(label), Uint8Array.of(0), context, u32(256)]))
}

export async function referenceHmac(key: Uint8Array, message: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' }
  const hmacKey = await webcrypto.subtle.importKey('raw', Uint8Array.from(key), algorithm, false, ['sign'])
  return new Uint8Array(await webcrypto.subtle.sign('HMAC', hmacKey, Uint8Array.from(message)))
}

/** Number of strings, then each with its length before it. */
export function referenceList(strings: readonly string[]): Uint8Array<ArrayBuffer> {
  const parts = strings.map(utf8).flatMap((bytes) => [u32(bytes.byteLength), bytes])
  return join([u32(strings.length), ...parts])
}

export function referenceCanonical(context: Readonly<Record<string, string>>): Uint8Array<ArrayBuffer> {
  const pairs = Object.entries(context).map(([name, value]) => ({ name: utf8(name), value: utf8(value) }))
  if (pairs.length === 0) return new Uint8Array()
  const sorted = pairs.toSorted((left, right) => Buffer.compare(left.name, right.name))
  const strings = sorted.flatMap(({ name, value }) => [u32(name.byteLength), name, u32(value.byteLength), value])
  return join([u32(pairs.length * 2), ...strings])
}

/** What the KDF binds, and the values that come of it. `commitment` is empty in version 1, which has none. */
export async function referenceKeys(
  input: ReferenceInput,
): Promise<{ subKey: Uint8Array<ArrayBuffer>; commitment: Uint8Array<ArrayBuffer> }> {
  const names = referenceNames(input)
  if (input.version === 1) {
    const subKey = await referenceKdf(input.material, 'keyhold/ciphertext', join([names, input.nonce]))
    return { subKey, commitment: new Uint8Array() }
  }
  const digest = await webcrypto.subtle.digest('SHA-256', referenceCanonical(input.context))
  const bound = join([names, input.nonce, new Uint8Array(digest)])
  return {
    subKey: referenceKdf512(input.material, 'keyhold/ciphertext-2/key', bound),
    commitment: referenceKdf512(input.material, 'keyhold/ciphertext-2/commitment', bound),
  }
}

/** SP 800-108r1, counter mode, HMAC with SHA-512/256, 256 bits. */
export function referenceKdf512(key: Uint8Array, label: string, context: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hmac(sha512_256, key, join([u32(1), utf8(label), Uint8Array.of(0), context, u32(256)])))
}

/** Kind, key id and material id. */
function referenceNames({ keyId, materialId }: ReferenceInput): Uint8Array<ArrayBuffer> {
  const isUuid = !keyId.startsWith('mrk-')
  const id = Buffer.from(keyId.replace('mrk-', '').replaceAll('-', ''), 'hex')
  return join([Uint8Array.of(isUuid ? 1 : 2), id, Buffer.from(materialId, 'hex')])
}

async function prepare(input: ReferenceInput): Promise<{
  header: Uint8Array<ArrayBuffer>
  subKey: webcrypto.CryptoKey
  algorithm: { name: 'AES-GCM'; iv: Uint8Array<ArrayBuffer>; additionalData: Uint8Array<ArrayBuffer>; tagLength: 128 }
}> {
  const { subKey: derived, commitment } = await referenceKeys(input)
  const header = join([Uint8Array.of(0x4b, input.version), referenceNames(input), input.nonce, input.iv, commitment])
  const subKey = await webcrypto.subtle.importKey('raw', derived, 'AES-GCM', false, ['encrypt', 'decrypt'])
  const additionalData = join([header, referenceCanonical(input.context)])
  return {
    header,
    subKey,
    algorithm: { name: 'AES-GCM', iv: Uint8Array.from(input.iv), additionalData, tagLength: 128 },
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((total, part) => total + part.byteLength, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.byteLength
  }
  return whole
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}
