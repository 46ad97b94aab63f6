import type { Secret } from '@keyhold/protocol'
import { chain } from '../message/crypto.ts'
import type { AesGcm, Awaitable, Cryptography, Verifier } from '../message/crypto.ts'
import { EnvelopeError } from '../base/error.ts'
import type { MaterialsManager } from '../materials/manager.ts'
import { deriveMessageKey, headerAad, headerTagVerifies } from '../message/message-key.ts'
import { decodeBase64 } from '../message/base64.ts'
import { requireReadable } from '../message/commitment-policy.ts'
import type { CommitmentPolicy } from '../message/commitment-policy.ts'
import { completeContext, PUBLIC_KEY_NAME } from '../message/context.ts'
import type { EncryptionContext, ExpectedContext } from '../message/context.ts'
import type { MessageHeader, ReadHeader } from '../message/header.ts'

export interface OpenOptions {
  cryptography: Cryptography
  materials: MaterialsManager
  commitmentPolicy: CommitmentPolicy
  expect: ExpectedContext
  /** Names of pairs that messages are bound to without storing them. */
  requiredContext: readonly string[]
  /** Refuse a signed message: its plaintext would go out before its signature is known. */
  onlyUnsigned?: boolean
  signal?: AbortSignal | undefined
}

/** What reads the rest of a message whose header is authentic. */
export interface OpenedMessage {
  readonly cipher: AesGcm
  /** All that the message was authenticated with, whether it stores it or not. */
  readonly context: EncryptionContext
  /** Present when the message is signed: it has been given the header. */
  readonly verifier: Verifier | undefined
}

/**
 * Turns a header that was merely read into one that is authentic. The order of the steps matters: what the caller
 * expects is checked before any key is asked for, and the commitment before the key is used at all.
 */
export async function openHeader(read: ReadHeader, options: OpenOptions): Promise<OpenedMessage> {
  const { header } = read
  requireReadable(header.suite, options.commitmentPolicy)
  if (options.onlyUnsigned === true && header.suite.signature !== undefined) throw signed()
  const { context, bound } = completeContext(header.context, options.expect, options.requiredContext)
  const verifier = await verifierOf(header, options.cryptography)
  const cipher = await openDataKey(read, { context, bound }, options)
  verifier?.update(read.serialized)
  return { cipher, context, verifier }
}

/** Specification, "Default CMM": a signed message has a public key in its context, and no other message has. */
function verifierOf(
  { suite: { signature }, context }: MessageHeader,
  cryptography: Cryptography,
): Awaitable<Verifier | undefined> {
  const text = context[PUBLIC_KEY_NAME]
  if (signature === undefined) {
    if (text === undefined) return undefined
    throw malformed('it is not signed, yet carries the public key of a signature')
  }
  const publicKey = text === undefined ? undefined : decodeBase64(text)
  const isOne = publicKey?.length === signature.publicKeyBytes
  return chain(isOne ? cryptography.verifier(signature, publicKey) : undefined, (verifier) => {
    if (verifier !== undefined) return verifier
    throw malformed('it is signed, but the public key of the signature is missing or not one')
  })
}

/** What a message is authenticated with, and the part of it that it does not store. */
interface Contexts {
  context: EncryptionContext
  bound: EncryptionContext
}

async function openDataKey(
  read: ReadHeader,
  { context, bound }: Contexts,
  { cryptography, materials, signal }: OpenOptions,
): Promise<AesGcm> {
  const { suite, encryptedDataKeys } = read.header
  const accepts = async (dataKey: Secret): Promise<boolean> =>
    typeof (await cipherUnder(dataKey, read, bound, cryptography)) !== 'string'
  using dataKey = await materials.toDecrypt({ suite, context, encryptedDataKeys, accepts, signal })
  const cipher = await cipherUnder(dataKey, read, bound, cryptography)
  if (typeof cipher === 'string') throw notAuthentic(cipher)
  return cipher
}

/** The message's cipher, if the data key is the message's; else why it is not. */
async function cipherUnder(
  dataKey: Secret,
  { header: { suite, messageId, commitment: expected }, body, iv, tag }: ReadHeader,
  bound: EncryptionContext,
  cryptography: Cryptography,
): Promise<AesGcm | string> {
  const { cipher, commitment } = await deriveMessageKey(cryptography, suite, dataKey, messageId)
  if (!cryptography.equal(commitment, expected)) return 'it commits to another data key'
  const isAuthentic = await headerTagVerifies(cipher, iv, headerAad(body, bound), tag)
  return isAuthentic ? cipher : 'its header was changed'
}

function signed(): EnvelopeError {
  const message =
    'The message is signed, and its plaintext would be released before its signature is verified. ' +
    'Decrypt it as a whole or to a file, or by decryptStreamUnverified.'
  return new EnvelopeError('SIGNED_MESSAGE', message)
}

function notAuthentic(why: string): EnvelopeError {
  return new EnvelopeError('NOT_AUTHENTIC', `The message is not authentic: ${why}.`)
}

function malformed(why: string): EnvelopeError {
  return new EnvelopeError('MALFORMED_MESSAGE', `The message is damaged: ${why}.`)
}
