import { createHash, createPublicKey, generateKeyPair } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { optional, requireOptions } from '../../base/arguments.ts'
import type { Shape } from '../../base/arguments.ts'
import { EnvelopeError } from '../../base/error.ts'
import type { Keyring } from '../../keyrings/keyring.ts'
import { aKeyInput } from '../checks.ts'
import { rawRsa } from './raw-rsa-keyring.ts'
import { rsaPrivateKey, rsaPublicKey } from './rsa.ts'
import type { RsaKeyInput } from './rsa.ts'

/** The key provider's id that recovery keys have in messages. */
export const RECOVERY_NAMESPACE = 'keyhold-recovery'
/** As strong as RSA in KMS gets, and accepted by every AWS Encryption SDK. */
const MODULUS_BITS = 4096
const PADDING = 'OAEP_SHA512_MGF1'

/** Both halves in PEM: SubjectPublicKeyInfo, and PKCS #8 without a passphrase. */
export interface RecoveryKeyPair {
  publicKey: string
  privateKey: string
}

/** Makes a new recovery key: RSA with 4096 bits. */
export async function generateRecoveryKey(): Promise<RecoveryKeyPair> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: MODULUS_BITS })
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'pem' }),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  }
}

/**
 * What messages call a recovery key: the SHA-256 of its public half (SubjectPublicKeyInfo in DER), in hexadecimal.
 *
 * @throws EnvelopeError INVALID_ARGUMENT for anything but a public RSA key of at least 2048 bits in PEM.
 */
export function recoveryKeyName(publicKey: string): string {
  aKeyInput(publicKey, 'recoveryKeyName: the public key')
  return nameOf(rsaPublicKey(publicKey))
}

interface Halves {
  publicKey?: RsaKeyInput
  privateKey?: RsaKeyInput
}

const HALVES_SHAPE: Shape<Halves> = { publicKey: optional(aKeyInput), privateKey: optional(aKeyInput) }

/**
 * A keyring for when no KMS is left. With the public half it adds an encrypted data key to a message; with the private
 * half, kept where no server is, it opens what has one. It is a raw RSA keyring (OAEP with SHA-512 and MGF1), so that any
 * AWS Encryption SDK opens such a message as well, given the same namespace, name and padding.
 *
 * @throws EnvelopeError INVALID_ARGUMENT for keys that are none, for neither half, and for halves of two keys.
 */
export function recoveryKey(halves: Halves): Keyring {
  requireOptions(halves, 'recoveryKey', HALVES_SHAPE)
  const publicKey = halves.publicKey === undefined ? undefined : rsaPublicKey(halves.publicKey)
  const privateKey = halves.privateKey === undefined ? undefined : rsaPrivateKey(halves.privateKey)
  const names = [publicKey ?? [], privateKey === undefined ? [] : createPublicKey(privateKey)].flat().map(nameOf)
  const [name, other = name] = names
  if (name === undefined || name !== other) {
    const problem = name === undefined ? 'A recovery key is given by one of its halves.' : 'The halves are of two keys.'
    throw new EnvelopeError('INVALID_ARGUMENT', problem)
  }
  const keys = { ...(publicKey && { publicKey }), ...(privateKey && { privateKey }) }
  return rawRsa({ namespace: RECOVERY_NAMESPACE, name, padding: PADDING, ...keys })
}

function nameOf(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('hex')
}
