import type { KeyObject } from 'node:crypto'
import { Secret } from '@keyhold/protocol'
import { CHUNK_TAG_BYTES, PAYLOAD_NONCE_BYTES, payloadKey } from '../crypto/age-payload.ts'
import { BackupError } from './backup-error.ts'

/** What begins an age file, up to the first chunk of its payload. */
export interface AgeStart {
  /** Header and nonce. */
  bytes: Uint8Array
  /** The key of the payload, which the process that writes the file knows, and then only the recipients. */
  key: KeyObject
}

/** Many times the header for 64 post-quantum recipients. */
const MAX_HEADER_BYTES = 256 * 1024
const MAC_LINE = '\n--- '

/**
 * Begins a new age file for these recipients. age-encryption makes the header with a file key of its own, which a further
 * recipient without a stanza sees, and encrypts nothing; the payload follows in another way.
 */
export async function beginAgeFile(recipients: readonly string[]): Promise<AgeStart> {
  const { Encrypter } = await import('age-encryption')
  const encrypter = new Encrypter()
  for (const recipient of recipients) encrypter.addRecipient(recipient)
  let fileKey: Secret | undefined
  encrypter.addRecipient({
    wrapFileKey: (key) => {
      fileKey = Secret.of(Uint8Array.from(key))
      return []
    },
  })
  const empty = await encrypter.encrypt(new Uint8Array())
  if (fileKey === undefined) throw new Error('age-encryption did not show the file key')
  const bytes = empty.subarray(0, empty.byteLength - CHUNK_TAG_BYTES)
  const key = payloadKey(fileKey, bytes.subarray(bytes.byteLength - PAYLOAD_NONCE_BYTES))
  fileKey.wipe()
  return { bytes, key }
}

/**
 * Opens the start of an age file by one of the identities (`AGE-SECRET-KEY-…`). `bytes` are the first of the file, as many as
 * {@link MAX_HEADER_BYTES} or all. Throws {@link BackupError} `damaged` for what is no age file, `locked` where no identity is a
 * recipient's.
 */
export async function openAgeFile(bytes: Uint8Array, identities: readonly string[], file: string): Promise<AgeStart> {
  const size = headerBytes(bytes)
  if (size === undefined || bytes.byteLength < size + PAYLOAD_NONCE_BYTES) {
    throw new BackupError('damaged', `${file} is not an age file, or is cut off in its header.`)
  }
  const { Decrypter } = await import('age-encryption')
  const decrypter = new Decrypter()
  for (const identity of identities) decrypter.addIdentity(identity)
  let fileKey: Secret
  try {
    fileKey = Secret.of(await decrypter.decryptHeader(bytes.subarray(0, size)))
  } catch (cause) {
    const isOther = Error.isError(cause) && cause.message.startsWith('no identity matched')
    if (isOther) throw new BackupError('locked', `No identity that was given opens ${file}.`, { cause })
    throw new BackupError('damaged', `The header of ${file} was changed or damaged.`, { cause })
  }
  const key = payloadKey(fileKey, bytes.subarray(size, size + PAYLOAD_NONCE_BYTES))
  fileKey.wipe()
  return { bytes: bytes.subarray(0, size + PAYLOAD_NONCE_BYTES), key }
}

/** The size of the header, with its last line; `undefined` where none ends. */
function headerBytes(bytes: Uint8Array): number | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, MAX_HEADER_BYTES))
  if (!head.subarray(0, 22).equals(Buffer.from('age-encryption.org/v1\n'))) return undefined
  const macLine = head.indexOf(MAC_LINE)
  const end = macLine < 0 ? -1 : head.indexOf('\n', macLine + MAC_LINE.length)
  return end < 0 ? undefined : end + 1
}

/** How much of a file {@link openAgeFile} needs to see. */
export const HEAD_BYTES = MAX_HEADER_BYTES + PAYLOAD_NONCE_BYTES
