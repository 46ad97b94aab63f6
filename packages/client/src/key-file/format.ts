import { parseJson } from '@keyhold/protocol'
import type { JsonObject, JsonValue } from '@keyhold/protocol'
import type { Cryptography } from '../message/crypto.ts'
import { EnvelopeError } from '../base/error.ts'
import { decodeBase64, encodeBase64 } from '../message/base64.ts'
import type { EncryptionContext } from '../message/context.ts'
import { KEY_FILE_NAMESPACE } from '../keyrings/wrapping-key.ts'
import type { EncryptedDataKey } from '../message/encrypted-data-keys.ts'

/** Version 1 of docs/spec/key-file.md. */
const FORMAT = 'keyhold-key-file/1'
const MEMBERS = ['format', 'id', 'commitment', 'sealed'] as const
const SEALED_MEMBERS = ['provider', 'key', 'ciphertext'] as const

export const WRAPPING_KEY_BYTES = 32
const COMMITMENT_BYTES = 32
const ID = /^[0-9a-f]{32}$/

export interface KeyFile {
  /** 32 hexadecimal digits. Messages name the wrapping key by it. */
  readonly id: string
  /** Says which wrapping key this is, so that no file opens to one key for one reader and to another for the next. */
  readonly commitment: Uint8Array
  /** The wrapping key, sealed once under each key that opens the file. */
  readonly sealed: readonly EncryptedDataKey[]
}

/** What every seal of a file is bound to: none can be moved to another file. */
export function sealingContext(id: string): EncryptionContext {
  return { [KEY_FILE_NAMESPACE]: id }
}

const encoder = new TextEncoder()
const COMMITMENT_LABEL = encoder.encode('keyhold-key-file commitment')

/** HKDF-SHA-512 of the wrapping key, salted with the id: it tells nothing about the key, which is random. */
export async function commitmentTo(
  cryptography: Cryptography,
  id: string,
  wrappingKey: Uint8Array,
): Promise<Uint8Array> {
  const outputs = [{ info: COMMITMENT_LABEL, length: COMMITMENT_BYTES }]
  const salt = encoder.encode(id)
  const [commitment] = await cryptography.hkdf({ hash: 'sha512', secret: wrappingKey, salt, outputs })
  return commitment!
}

export function serializeKeyFile({ id, commitment, sealed }: KeyFile): Uint8Array {
  const json = {
    format: FORMAT,
    id,
    commitment: encodeBase64(commitment),
    sealed: sealed.map(({ providerId, providerInfo, ciphertext }) => ({
      provider: providerId,
      key: encodeBase64(providerInfo),
      ciphertext: encodeBase64(ciphertext),
    })),
  }
  return encoder.encode(`${JSON.stringify(json, undefined, 2)}\n`)
}

/** @throws EnvelopeError MALFORMED_KEY_FILE for anything else than {@link serializeKeyFile} writes, spacing and a byte-order mark aside. */
export function parseKeyFile(bytes: Uint8Array): KeyFile {
  const json = membersOf(parsed(bytes), MEMBERS)
  if (json['format'] !== FORMAT) throw malformed(`its format is not ${FORMAT}`)
  const id = textOf(json['id'])
  if (!ID.test(id)) throw malformed('its id does not have 32 hexadecimal digits')
  const commitment = bytesOf(json['commitment'])
  if (commitment.length !== COMMITMENT_BYTES) throw malformed(`its commitment does not have ${COMMITMENT_BYTES} bytes`)
  const { sealed } = json
  if (!Array.isArray(sealed) || sealed.length === 0) throw malformed('it is sealed under no key')
  return Object.freeze({ id, commitment, sealed: Object.freeze(sealed.map(sealOf)) })
}

function parsed(bytes: Uint8Array): JsonValue {
  try {
    return parseJson(hasByteOrderMark(bytes) ? bytes.subarray(3) : bytes)
  } catch (cause) {
    throw malformed('it is not JSON', cause)
  }
}

/** Editors of Windows put one there. Nothing but UTF-8 is read, so that it tells nothing. */
function hasByteOrderMark([first, second, third]: Uint8Array): boolean {
  return first === 0xef && second === 0xbb && third === 0xbf
}

function sealOf(value: JsonValue): EncryptedDataKey {
  const json = membersOf(value, SEALED_MEMBERS)
  const providerId = textOf(json['provider'])
  return Object.freeze({ providerId, providerInfo: bytesOf(json['key']), ciphertext: bytesOf(json['ciphertext']) })
}

function membersOf(value: JsonValue, names: readonly string[]): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed('an object is missing')
  const found = Object.keys(value)
  if (found.length === names.length && names.every((name) => Object.hasOwn(value, name))) return value
  throw malformed(`it does not have just ${names.join(', ')}`)
}

function textOf(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value
  throw malformed('a text is missing')
}

function bytesOf(value: JsonValue | undefined): Uint8Array {
  const bytes = decodeBase64(textOf(value))
  if (bytes === undefined) throw malformed('a value is not canonical base64')
  return bytes
}

function malformed(why: string, cause?: unknown): EnvelopeError {
  return new EnvelopeError('MALFORMED_KEY_FILE', `This is not a key file, or it is damaged: ${why}.`, { cause })
}
