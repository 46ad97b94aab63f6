import type { Secret } from '@keyhold/protocol'
import { EnvelopeError } from '../error.ts'
import type { Kms } from '../kms/kms.ts'
import type { EncryptedDataKey } from '../message/encrypted-data-keys.ts'
import { parseKeyArn } from './key-arn.ts'
import type { KeyArn } from './key-arn.ts'
import type { Keyring, Unwrapped, UnwrapRequest, WrappedDataKey, WrapRequest } from './keyring.ts'
import { PROVIDER_ID, unwrapWithKms } from './kms-unwrap.ts'
import type { Decline } from './kms-unwrap.ts'

const encoder = new TextEncoder()

export interface KmsKeyringOptions {
  kms: Kms
  /** Makes the data key. */
  generator: KeyArn
  /** Further keys, each of which opens the message as well. */
  keys?: readonly KeyArn[]
  grantTokens?: readonly string[]
}

/** Wraps data keys under all of the named KMS keys; opens what any of them wrapped, and asks for no other key. */
export class KmsKeyring implements Keyring {
  readonly #kms: Kms
  readonly #generator: KeyArn
  readonly #keys: readonly KeyArn[]
  readonly #grants: { GrantTokens?: readonly string[] }

  /** @throws EnvelopeError INVALID_ARGUMENT when one of the keys is not named by the ARN of a key. */
  constructor({ kms, generator, keys = [], grantTokens }: KmsKeyringOptions) {
    for (const arn of [generator, ...keys]) parseKeyArn(arn)
    this.#kms = kms
    this.#generator = generator
    this.#keys = [...keys]
    this.#grants = grantTokens === undefined ? {} : { GrantTokens: grantTokens }
  }

  async onEncrypt(request: WrapRequest): Promise<WrappedDataKey> {
    const { dataKey, encryptedDataKey } = await this.#generate(request)
    // All calls are awaited, even once one has failed: each of them reads the data key, which is wiped afterwards.
    const wrapped = await Promise.allSettled(this.#keys.map((arn) => this.#wrap(arn, dataKey, request)))
    const failed = wrapped.find((result) => result.status === 'rejected')
    if (failed !== undefined) {
      dataKey.wipe()
      throw failed.reason
    }
    const others = wrapped.map((result) => (result as PromiseFulfilledResult<EncryptedDataKey>).value)
    return { dataKey, encryptedDataKeys: [encryptedDataKey, ...others] }
  }

  onDecrypt(request: UnwrapRequest): Promise<Unwrapped> {
    const known = new Set<string>([this.#generator, ...this.#keys])
    const decline: Decline = (arn) => (known.has(arn) ? undefined : 'it is not among the keys that were given.')
    return unwrapWithKms(this.#kms, request, decline, this.#grants)
  }

  async #generate(request: WrapRequest): Promise<{ dataKey: Secret; encryptedDataKey: EncryptedDataKey }> {
    const { context, dataKeyBytes, signal } = request
    const { region } = parseKeyArn(this.#generator)
    const answer = await this.#kms.call(
      'GenerateDataKey',
      { KeyId: this.#generator, NumberOfBytes: dataKeyBytes, EncryptionContext: { ...context }, ...this.#grants },
      { region, signal },
    )
    const { Plaintext: dataKey, KeyId, CiphertextBlob } = answer
    if (dataKey === undefined) throw unusable(this.#generator, 'no data key')
    try {
      return { dataKey, encryptedDataKey: entry(this.#generator, KeyId, CiphertextBlob) }
    } catch (error) {
      dataKey.wipe()
      throw error
    }
  }

  async #wrap(arn: KeyArn, dataKey: Secret, { context, signal }: WrapRequest): Promise<EncryptedDataKey> {
    const { region } = parseKeyArn(arn)
    const input = { KeyId: arn, Plaintext: dataKey, EncryptionContext: { ...context }, ...this.#grants }
    const { KeyId, CiphertextBlob } = await this.#kms.call('Encrypt', input, { region, signal })
    return entry(arn, KeyId, CiphertextBlob)
  }
}

/** What a message keeps of an answer, once it is known to be the answer of the key that was asked. */
function entry(arn: KeyArn, answered: string | undefined, ciphertext: Uint8Array | undefined): EncryptedDataKey {
  if (answered !== arn) throw unusable(arn, `the answer of ${JSON.stringify(answered)}`)
  if (ciphertext === undefined || ciphertext.length === 0) throw unusable(arn, 'no ciphertext')
  return { providerId: PROVIDER_ID, providerInfo: encoder.encode(arn), ciphertext }
}

function unusable(arn: string, what: string): EnvelopeError {
  return new EnvelopeError('INVALID_DATA_KEY', `The KMS returned ${what} for ${arn}.`)
}
