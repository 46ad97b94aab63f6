import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, KeyObject } from 'node:crypto'
import { Secret } from '@keyhold/protocol'
import { optional, requireOptions } from '../../base/arguments.ts'
import type { Shape } from '../../base/arguments.ts'
import { EnvelopeError } from '../../base/error.ts'
import type { Keyring } from '../../keyrings/keyring.ts'
import { aKeyInput } from '../checks.ts'
import { curveOf, CURVES } from '../ec-points.ts'
import type { CurveName } from '../ec-points.ts'
import { EcdhKeyring, RAW_PROVIDER_ID } from './ecdh-keyring.ts'
import type { Party } from './ecdh-keyring.ts'

export interface RawEcdhOptions {
  /** One's own, PKCS #8 in PEM. Without it only encrypting is possible, each time with a new ephemeral key. */
  privateKey?: string | KeyObject
  /** The other party's, SPKI in PEM. Without it only decrypting is possible, and from any sender. */
  publicKey?: string | KeyObject
}

const RAW_ECDH_SHAPE: Shape<RawEcdhOptions> = { privateKey: optional(aKeyInput), publicKey: optional(aKeyInput) }

/**
 * A keyring by key agreement over P-256, P-384 or P-521.
 *
 * @throws EnvelopeError INVALID_ARGUMENT for keys that are none, of two curves, or missing.
 */
export function rawEcdh(options: RawEcdhOptions): Keyring {
  requireOptions(options, 'rawEcdh', RAW_ECDH_SHAPE)
  const { privateKey, publicKey } = options
  const own = privateKey === undefined ? undefined : staticParty(ecKey(privateKey, 'private'))
  const recipient = publicKey === undefined ? undefined : ecKey(publicKey, 'public')
  if (own === undefined && recipient === undefined) throw invalid('Key agreement needs a private or a public key.')
  if (recipient === undefined) return new EcdhKeyring({ providerId: RAW_PROVIDER_ID, reader: () => own! })
  const curve = curveOf(recipient)!
  if (own === undefined) {
    return new EcdhKeyring({ providerId: RAW_PROVIDER_ID, sender: () => ephemeralParty(curve), recipient })
  }
  if (own.curve !== curve) throw invalid(`The keys are of two curves, ${own.curve} and ${curve}.`)
  return new EcdhKeyring({ providerId: RAW_PROVIDER_ID, sender: () => own, recipient, reader: () => own })
}

/** @throws EnvelopeError INVALID_ARGUMENT for anything but a key of that type on a curve of the specification. */
export function ecKey(input: string | KeyObject, type: 'public' | 'private'): KeyObject {
  const key = imported(input, type)
  if (key.type === type && curveOf(key) !== undefined) return key
  throw invalid(`A ${type} key on P-256, P-384 or P-521 is needed here.`)
}

function imported(input: string | KeyObject, type: 'public' | 'private'): KeyObject {
  if (input instanceof KeyObject) return input
  try {
    return type === 'private' ? createPrivateKey(input) : createPublicKey(input)
  } catch (cause) {
    throw new EnvelopeError('INVALID_ARGUMENT', 'This is not a key in PEM.', { cause })
  }
}

function staticParty(privateKey: KeyObject): Party {
  return {
    curve: curveOf(privateKey)!,
    publicKey: createPublicKey(privateKey),
    agree: (other) => Promise.resolve(Secret.of(diffieHellman({ privateKey, publicKey: other }))),
  }
}

function ephemeralParty(curve: CurveName): Party {
  return staticParty(generateKeyPairSync('ec', { namedCurve: CURVES[curve].namedCurve }).privateKey)
}

function invalid(message: string): EnvelopeError {
  return new EnvelopeError('INVALID_ARGUMENT', message)
}
