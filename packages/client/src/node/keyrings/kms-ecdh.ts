import { createPublicKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { aText, optional, requireOptions } from '../../base/arguments.ts'
import type { Shape } from '../../base/arguments.ts'
import { EnvelopeError } from '../../base/error.ts'
import { aKms, GRANTS_SHAPE } from '../../keyrings/checks.ts'
import { parseKeyArn } from '../../keyrings/key-arn.ts'
import type { KeyArn } from '../../keyrings/key-arn.ts'
import type { Keyring } from '../../keyrings/keyring.ts'
import { grantsOf } from '../../keyrings/kms-unwrap.ts'
import type { Kms } from '../../kms/kms.ts'
import { aKeyInput } from '../checks.ts'
import { curveOf, uncompressedSpki } from '../ec-points.ts'
import { EcdhKeyring, KMS_PROVIDER_ID } from './ecdh-keyring.ts'
import type { Party } from './ecdh-keyring.ts'
import { ecKey } from './raw-ecdh.ts'

export interface KmsEcdhOptions {
  kms: Kms
  /** One's own key, of usage KEY_AGREEMENT. */
  key: KeyArn
  /** Its public key, SPKI in PEM. Without it the KMS is asked once. */
  ownPublicKey?: string | KeyObject
  /** The other party's. Without it only decrypting is possible, and from any sender. */
  publicKey?: string | KeyObject
  grantTokens?: readonly string[]
}

export const KMS_ECDH_SHAPE: Shape<KmsEcdhOptions> = {
  ...GRANTS_SHAPE,
  kms: aKms,
  key: aText,
  ownPublicKey: optional(aKeyInput),
  publicKey: optional(aKeyInput),
}

/**
 * A keyring by key agreement whose private key stays in a KMS: DeriveSharedSecret agrees with the other party's public
 * key.
 *
 * @throws EnvelopeError INVALID_ARGUMENT for what is no key's ARN, and for public keys that are none.
 */
export function kmsEcdh(options: KmsEcdhOptions): Keyring {
  requireOptions(options, 'agreementKey', KMS_ECDH_SHAPE)
  const { kms, key, ownPublicKey, publicKey, grantTokens } = options
  parseKeyArn(key)
  const given = ownPublicKey === undefined ? undefined : ecKey(ownPublicKey, 'public')
  const recipient = publicKey === undefined ? undefined : ecKey(publicKey, 'public')
  let party: Promise<Party> | undefined
  const own = (): Promise<Party> => {
    party ??= partyOf(kms, key, given, grantTokens)
    party.catch(() => (party = undefined)) // the next call asks again
    return party
  }
  const reading = { providerId: KMS_PROVIDER_ID, reader: own }
  return new EcdhKeyring(recipient === undefined ? reading : { ...reading, sender: own, recipient })
}

async function partyOf(
  kms: Kms,
  key: KeyArn,
  given: KeyObject | undefined,
  grantTokens: readonly string[] | undefined,
): Promise<Party> {
  const { region } = parseKeyArn(key)
  const grants = grantsOf(grantTokens)
  const publicKey = given ?? (await publicKeyOf(kms, key, grants))
  return {
    publicKey,
    curve: curveOf(publicKey)!,
    agree: async (other, signal) => {
      const PublicKey = uncompressedSpki(other)
      const input = { KeyId: key, KeyAgreementAlgorithm: 'ECDH', PublicKey, ...grants } as const
      const { KeyId, SharedSecret } = await kms.call('DeriveSharedSecret', input, { region, signal })
      if (SharedSecret !== undefined && KeyId === key) return SharedSecret
      SharedSecret?.wipe()
      throw new EnvelopeError('INVALID_DATA_KEY', `The KMS did not answer with a shared secret of ${key}.`)
    },
  }
}

async function publicKeyOf(kms: Kms, key: KeyArn, grants: ReturnType<typeof grantsOf>): Promise<KeyObject> {
  const { region } = parseKeyArn(key)
  const { PublicKey, KeyUsage, KeyId } = await kms.call('GetPublicKey', { KeyId: key, ...grants }, { region })
  if (KeyId !== key || KeyUsage !== 'KEY_AGREEMENT' || PublicKey === undefined) {
    throw new EnvelopeError('INVALID_DATA_KEY', `The KMS says that ${key} is not a key for key agreement.`)
  }
  return ecKey(createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' }), 'public')
}
