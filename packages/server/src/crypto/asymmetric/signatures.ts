import { constants, type KeyObject, sign as signWithNode, verify as verifyWithNode } from 'node:crypto'
import type { MessageType } from '@keyhold/protocol'
import type { MessageRule, SigningAlgorithm, SigningScheme } from '../../domain/keys/algorithms.ts'
import { siteOf } from '../../domain/keys/spec-algorithms.ts'
import { type KeySpec } from '../../domain/keys/specs.ts'
import type { AccountThreads } from '../workers/crypto-threads.ts'
import type { TaskInput } from '../workers/tasks.ts'
import { RSA_DIGEST_SCHEMES } from './rsa-digest.ts'

/** A message and the parameters of its signature. */
export interface SigningRequest {
  /** The private key to sign; either half to verify. */
  key: KeyObject
  spec: KeySpec
  /** An algorithm of the spec. */
  algorithm: SigningAlgorithm
  /** A type that the algorithm accepts. */
  messageType: MessageType
  /** Has the length that the algorithm's rule for this type names. Not kept, and not wiped. */
  message: Uint8Array
}

/**
 * Returns what is wrong with the type or length of a message to sign, or `undefined`. {@link sign} and {@link verify}
 * throw for a faulty message: operations call this first, and return AWS's error codes.
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

/** Returns the signature in AWS's format: DER for ECDSA, otherwise the scheme's own format. */
export async function sign(request: SigningRequest, threads: AccountThreads): Promise<Uint8Array> {
  const { key, algorithm, message } = request
  const site = siteOf(ruleOf(request).sign, request.spec)
  if (site === 'worker') return threads.task('signDigest', digestTask(request))
  const { hash, options } = nodeParameters(algorithm)
  if (site === 'inline') return signWithNode(hash, message, { key, ...options })
  return threads.native((done) => signWithNode(hash, message, { key, ...options }, done))
}

/** Returns whether `signature`, which can be any bytes, is a signature of the message by this key. */
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
  if (scheme === undefined) throw new TypeError(`${algorithm.name} cannot verify digests`)
  return scheme.verify({ key, digest: message, hash: algorithm.hash }, signature)
}

function ruleOf({ spec, algorithm, messageType, message }: SigningRequest): MessageRule {
  const rule = algorithm.messages[messageType]
  const known = spec.signingAlgorithms.includes(algorithm.name)
  if (!known || rule === undefined || messageFault(algorithm, messageType, message.byteLength) !== undefined) {
    throw new TypeError(
      `${spec.name} cannot sign a ${messageType} of ${message.byteLength} bytes with ${algorithm.name}`,
    )
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

/** Options of node:crypto for a RAW message. The salt of PSS is as long as the hash, also for verification. */
const NODE_OPTIONS: Readonly<Partial<Record<SigningScheme, NodeOptions>>> = Object.freeze({
  RSASSA_PSS: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST },
  RSASSA_PKCS1_V1_5: { padding: constants.RSA_PKCS1_PADDING },
  ECDSA: { dsaEncoding: 'der' },
})

function nodeParameters({ scheme, hash }: SigningAlgorithm): { hash: string | null; options: NodeOptions } {
  return { hash: hash ?? null, options: NODE_OPTIONS[scheme] ?? {} }
}
