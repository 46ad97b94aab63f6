import type { AesGcm, Cryptography, Verifier } from './crypto.ts'
import { EnvelopeError } from './error.ts'
import type { ReadHeader } from './header-reader.ts'
import type { Attempt } from './keyrings/attempt.ts'
import type { Keyring } from './keyrings/keyring.ts'
import { deriveMessageKey, headerTagVerifies } from './message-key.ts'
import { decodeBase64 } from './message/base64.ts'
import { PUBLIC_KEY_NAME, requireContext } from './message/context.ts'
import type { ExpectedContext } from './message/context.ts'
import type { MessageHeader } from './message/header.ts'

export interface OpenOptions {
  cryptography: Cryptography
  keyring: Keyring
  expect: ExpectedContext
  signal?: AbortSignal | undefined
}

/** What reads the rest of a message whose header is authentic. */
export interface OpenedMessage {
  readonly cipher: AesGcm
  /** Present when the message is signed: it has been given the header. */
  readonly verifier: Verifier | undefined
}

/**
 * Turns a header that was merely read into one that is authentic. The order of the steps matters: what the caller
 * expects is checked before any key is asked for, and the commitment before the key is used at all.
 */
export async function openHeader({ header, body, tag }: ReadHeader, options: OpenOptions): Promise<OpenedMessage> {
  const { cryptography, keyring, expect, signal } = options
  requireContext(header.context, expect)
  const verifier = await verifierOf(header, cryptography)
  const cipher = await openDataKey(header, cryptography, keyring, signal)
  if (!(await headerTagVerifies(cipher, header.suite, body, tag))) throw notAuthentic('its header was changed')
  verifier?.update(body)
  verifier?.update(tag)
  return { cipher, verifier }
}

/** Specification, "Default CMM": a signed message has a public key in its context, and no other message has. */
async function verifierOf(
  { suite, context }: MessageHeader,
  cryptography: Cryptography,
): Promise<Verifier | undefined> {
  const text = context[PUBLIC_KEY_NAME]
  if (suite.signature === undefined) {
    if (text === undefined) return undefined
    throw malformed('it is not signed, yet carries the public key of a signature')
  }
  const publicKey = text === undefined ? undefined : decodeBase64(text)
  const verifier = publicKey?.length === suite.signature.publicKeyBytes && (await cryptography.verifier(publicKey))
  if (!verifier) throw malformed('it is signed, but the public key of the signature is missing or not one')
  return verifier
}

async function openDataKey(
  { suite, context, encryptedDataKeys, messageId, commitment }: MessageHeader,
  cryptography: Cryptography,
  keyring: Keyring,
  signal: AbortSignal | undefined,
): Promise<AesGcm> {
  const request = { context, dataKeyBytes: suite.dataKeyBytes, encryptedDataKeys, ...(signal && { signal }) }
  const { dataKey, attempts } = await keyring.onDecrypt(request)
  if (dataKey === undefined) throw nothingOpens(attempts)
  try {
    const key = await deriveMessageKey(cryptography, suite, dataKey, messageId)
    if (!cryptography.equal(key.commitment, commitment)) throw notAuthentic('it commits to another data key')
    return key.cipher
  } finally {
    dataKey.wipe()
  }
}

function nothingOpens(attempts: readonly Attempt[]): EnvelopeError {
  const reasons = attempts.map(({ provider, key, reason }) => `${provider} ${JSON.stringify(key)}: ${reason}`)
  const message = `No encrypted data key of the message could be opened. ${reasons.join(' ')}`
  return new EnvelopeError('NO_KEY_OPENS', message, { attempts })
}

function notAuthentic(why: string): EnvelopeError {
  return new EnvelopeError('NOT_AUTHENTIC', `The message is not authentic: ${why}.`)
}

function malformed(why: string): EnvelopeError {
  return new EnvelopeError('MALFORMED_MESSAGE', `The message is damaged: ${why}.`)
}
