import { constants, type KeyObject, sign as signWithNode, verify as verifyWithNode } from 'node:crypto'
import type { MessageType } from '@keyhold/protocol'
import type { MessageRule, SigningAlgorithm, SigningScheme } from '../../keys/algorithms.ts'
import { type KeySpec, siteOf } from '../../keys/specs.ts'
import type { AccountThreads } from '../workers/crypto-threads.ts'
import type { TaskInput } from '../workers/tasks.ts'
import { RSA_DIGEST_SCHEMES } from './rsa-digest.ts'

/** A message with everything that decides how it is signed. */
export interface SigningRequest {
  /** The private key to sign; either half to verify. */
  key: KeyObject
  spec: KeySpec
  /** One of the spec's. */
  algorithm: SigningAlgorithm
  /** One that the algorithm takes. */
  messageType: MessageType
  /** Of the length that the algorithm's rule for this type names. Not kept, and not wiped. */
  message: Uint8Array
}

/**
 * What is wrong with a request for a signature, by type or length, or `undefined`. {@link sign} and {@link verify}
 * throw for it: operations ask first, and answer with AWS's codes.
 */
export function messageFault(
  { messages }: SigningAlgorithm,
  messageType: MessageType,
  messageBytes: number,
): 'type' | 'length' | undefined {
  const rule = messages[messageType]
  if (rule === undefined) return 'type'
  return rule.bytes === undefined || rule.bytes === messageBytes ? undefined : 'length'
}

/** The signature, in the form that AWS gives it: DER for ECDSA, otherwise the scheme's own. */
export async function sign(request: SigningRequest, threads: AccountThreads): Promise<Uint8Array> {
  const { key, algorithm, message } = request
  const site = siteOf(ruleOf(request).sign, request.spec)
  if (site === 'worker') return threads.task('signDigest', digestTask(request))
  const { hash, options } = nodeParameters(algorithm)
  if (site === 'inline') return signWithNode(hash, message, { key, ...options })
  return threads.native((done) => signWithNode(hash, message, { key, ...options }, done))
}

/** Whether `signature`, which may be any bytes, is one of the message by this key. */
export async function verify(
  request: SigningRequest,
  signature: Uint8Array,
  threads: AccountThreads,
): Promise<boolean> {
  const { key, algorithm, messageType, message } = request
  const site = siteOf(ruleOf(request).verify, request.spec)
  if (site === 'worker') return threads.task('verifyDigest', { ...digestTask(request), signature })
  const { hash, options } = nodeParameters(algorithm)
  if (site === 'native')
    return threads.native((done) => verifyWithNode(hash, message, { key, ...options }, signature, done))
  if (messageType === 'RAW') return verifyWithNode(hash, message, { key, ...options }, signature)
  const scheme = RSA_DIGEST_SCHEMES[algorithm.scheme]
  if (scheme === undefined) throw new TypeError(`${algorithm.name} verifies no digests here`)
  return scheme.verify({ key, digest: message, hash: algorithm.hash }, signature)
}

function ruleOf({ spec, algorithm, messageType, message }: SigningRequest): MessageRule {
  const rule = algorithm.messages[messageType]
  const known = spec.signingAlgorithms.includes(algorithm.name)
  if (!known || rule === undefined || messageFault(algorithm, messageType, message.byteLength) !== undefined) {
    throw new TypeError(`${spec.name} signs no ${messageType} of ${message.byteLength} bytes with ${algorithm.name}`)
  }
  return rule
}

function digestTask({ key, algorithm, message }: SigningRequest): TaskInput<'signDigest'> {
  return { key, algorithm: algorithm.name, digest: message }
}

interface NodeOptions {
  padding?: number
  saltLength?: number
  dsaEncoding?: 'der'
}

/** What node:crypto is told for a RAW message. The salt of PSS is as long as the hash, also when it verifies. */
const NODE_OPTIONS: Readonly<Partial<Record<SigningScheme, NodeOptions>>> = Object.freeze({
  RSASSA_PSS: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
  RSASSA_PKCS1_V1_5: { padding: constants.RSA_PKCS1_PADDING },
  ECDSA: { dsaEncoding: 'der' },
})

function nodeParameters({ scheme, hash }: SigningAlgorithm): { hash: string | null; options: NodeOptions } {
  return { hash: hash ?? null, options: NODE_OPTIONS[scheme] ?? {} }
}
