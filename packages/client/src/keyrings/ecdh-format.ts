import { concat, readUint32, uint32 } from '../base/bytes.ts'
import { serializeContext } from '../message/context.ts'
import type { EncryptionContext } from '../message/context.ts'

/** Specification, "Raw ECDH keyring", structures; the AWS KMS ECDH keyring shares them. */
const VERSION = Uint8Array.of(1)
const SEPARATOR = Uint8Array.of(0)

export const NONCE_BYTES = 32
export const COMMITMENT_BYTES = 32

const encoder = new TextEncoder()
const LABEL = encoder.encode('ecdh-key-derivation')
const PRF = encoder.encode('HMAC_SHA384')

/** The two public keys as compressed points. */
export interface Parties {
  sender: Uint8Array
  recipient: Uint8Array
}

export function serializeParties({ sender, recipient }: Parties): Uint8Array {
  return concat([VERSION, uint32(recipient.length), recipient, uint32(sender.length), sender])
}

/** Nothing if the bytes do not have the form. */
export function parseParties(info: Uint8Array): Parties | undefined {
  const recipientStart = 5
  if (info.length < recipientStart || info[0] !== VERSION[0]) return undefined
  const recipientEnd = recipientStart + readUint32(info, 1)
  const senderStart = recipientEnd + 4
  if (info.length < senderStart || info.length !== senderStart + readUint32(info, recipientEnd)) return undefined
  return { recipient: info.subarray(recipientStart, recipientEnd), sender: info.subarray(senderStart) }
}

/** What the wrapping key is derived for; also the additional data of what it wraps. */
export function fixedInfo(curve: string, { sender, recipient }: Parties, context: EncryptionContext): Uint8Array {
  const name = encoder.encode(curve.replace('-', '').toLowerCase())
  const parts = [LABEL, name, PRF, concat([sender, recipient]), VERSION, serializeContext(context)]
  return concat(parts.flatMap((part, index) => (index === 0 ? [part] : [SEPARATOR, part])))
}
