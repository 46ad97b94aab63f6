import type { Secret } from '@keyhold/protocol'
import type { Kms } from '../kms/kms.ts'
import type { EncryptedDataKey } from '../message/encrypted-data-keys.ts'
import { isKeyArn, parseKeyArn } from './key-arn.ts'
import type { KeyArn } from './key-arn.ts'
import type { Attempt } from './attempt.ts'
import type { Unwrapped, UnwrapRequest } from './keyring.ts'

/** Names KMS keys in messages. Specification, "AWS KMS keyring". */
export const PROVIDER_ID = 'aws-kms'

/** Why a key that a message names shall not even be asked; nothing if it shall. */
export type Decline = (arn: KeyArn) => string | undefined

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Asks the KMS for one encrypted data key after the other, until one opens. Never asks a key that `decline` declines. */
export async function unwrapWithKms(
  kms: Kms,
  request: UnwrapRequest,
  decline: Decline,
  grants: { GrantTokens?: readonly string[] },
): Promise<Unwrapped> {
  const attempts: Attempt[] = []
  for (const candidate of request.encryptedDataKeys) {
    const provider = candidate.providerId
    const key = decoder.decode(candidate.providerInfo)
    const result = await tryOne(kms, candidate, key, request, decline, grants)
    if ('dataKey' in result) return result
    attempts.push({ provider, key, ...result })
  }
  return { attempts }
}

type Failure = Pick<Attempt, 'reason' | 'cause'>

async function tryOne(
  kms: Kms,
  { providerId, ciphertext }: EncryptedDataKey,
  key: string,
  { context, dataKeyBytes, signal }: UnwrapRequest,
  decline: Decline,
  grants: { GrantTokens?: readonly string[] },
): Promise<{ dataKey: Secret } | Failure> {
  if (providerId !== PROVIDER_ID) return { reason: 'it is not a KMS key.' }
  if (!isKeyArn(key)) return { reason: 'it is not the ARN of a KMS key.' }
  const declined = decline(key)
  if (declined !== undefined) return { reason: declined }
  try {
    const input = { KeyId: key, CiphertextBlob: ciphertext, EncryptionContext: { ...context }, ...grants }
    const answer = await kms.call('Decrypt', input, { region: parseKeyArn(key).region, signal })
    return checkedAnswer(answer, key, dataKeyBytes)
  } catch (error) {
    signal?.throwIfAborted()
    return { reason: sentence(error), cause: error }
  }
}

/** An answer of another key, or of another length, is one that an honest KMS does not give. */
function checkedAnswer(
  { KeyId, Plaintext: dataKey }: { KeyId?: string; Plaintext?: Secret },
  key: string,
  dataKeyBytes: number,
): { dataKey: Secret } | Failure {
  if (dataKey === undefined) return { reason: 'the KMS returned no data key.' }
  if (KeyId === key && dataKey.byteLength === dataKeyBytes) return { dataKey }
  dataKey.wipe()
  return { reason: KeyId === key ? 'the data key has the wrong length.' : 'the KMS answered for another key.' }
}

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return 'it failed.'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  return error.message === '' ? `${code}.` : `${code}: ${error.message}`
}
