import type { Secret } from '@keyhold/protocol'
import { EnvelopeError } from '../base/error.ts'
import type { Kms } from '../kms/kms.ts'
import { type EncryptedDataKey, infoAsText } from '../message/encrypted-data-keys.ts'
import { declined, failed } from '../base/attempt.ts'
import type { Failure } from '../base/attempt.ts'
import { isKeyArn, parseKeyArn } from './key-arn.ts'
import type { KeyArn } from './key-arn.ts'
import type { Unwrapped, UnwrapRequest } from './keyring.ts'
import { unwrapEach } from './unwrap-each.ts'

/** Names KMS keys in messages. Specification, "AWS KMS keyring". */
export const PROVIDER_ID = 'aws-kms'

/** Which key to ask for what the key that a message names has wrapped; or why none shall be asked. */
export type ChooseKey = (named: KeyArn) => { ask: KeyArn } | { decline: string }

export interface Grants {
  GrantTokens?: readonly string[]
}

export function grantsOf(grantTokens: readonly string[] | undefined): Grants {
  return grantTokens === undefined ? {} : { GrantTokens: grantTokens }
}

/** Asks the KMS for one encrypted data key after the other, until one opens. */
export function unwrapWithKms(kms: Kms, request: UnwrapRequest, choose: ChooseKey, grants: Grants): Promise<Unwrapped> {
  return unwrapEach(request, (candidate) => tryOne(kms, candidate, request, choose, grants))
}

async function tryOne(
  kms: Kms,
  candidate: EncryptedDataKey,
  { context, signal }: UnwrapRequest,
  choose: ChooseKey,
  grants: Grants,
): Promise<Secret | Failure> {
  const named = infoAsText(candidate)
  if (candidate.providerId !== PROVIDER_ID) return declined('it is not a KMS key.')
  if (!isKeyArn(named)) return declined('it is not the ARN of a KMS key.')
  const choice = choose(named)
  if ('decline' in choice) return declined(choice.decline)
  const key = choice.ask
  const input = { KeyId: key, CiphertextBlob: candidate.ciphertext, EncryptionContext: { ...context }, ...grants }
  const answer = await kms.call('Decrypt', input, { region: parseKeyArn(key).region, signal })
  return secretOf(answer, key)
}

/** The plaintext that a KMS answered, once it is known to be the answer of the key that was asked. */
export function secretOf(
  { KeyId, Plaintext: secret }: { KeyId?: string; Plaintext?: Secret },
  key: KeyArn,
): Secret | Failure {
  if (secret === undefined) return failed('the KMS returned no data key.')
  if (KeyId === key) return secret
  secret.wipe()
  return failed('the KMS answered for another key.')
}

/** What is kept of an answer, once it is known to be a ciphertext of the key that was asked. Throws INVALID_DATA_KEY. */
export function encryptedBy(
  key: KeyArn,
  { KeyId, CiphertextBlob: ciphertext }: { KeyId?: string | undefined; CiphertextBlob?: Uint8Array | undefined },
): EncryptedDataKey {
  if (KeyId !== key) throw unusable(key, `the answer of ${JSON.stringify(KeyId)}`)
  if (ciphertext === undefined || ciphertext.length === 0) throw unusable(key, 'no ciphertext')
  return { providerId: PROVIDER_ID, providerInfo: new TextEncoder().encode(key), ciphertext }
}

export function unusable(key: KeyArn, what: string): EnvelopeError {
  return new EnvelopeError('INVALID_DATA_KEY', `The KMS returned ${what} for ${key}.`)
}
