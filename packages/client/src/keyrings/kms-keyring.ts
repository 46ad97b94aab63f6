import type { Secret } from '@keyhold/protocol'
import { aBoolean, aText, listOf, optional, requireOptions } from '../base/arguments.ts'
import type { Shape } from '../base/arguments.ts'
import type { Kms } from '../kms/kms.ts'
import type { EncryptedDataKey } from '../message/encrypted-data-keys.ts'
import { aKms, GRANTS_SHAPE } from './checks.ts'
import { isSameOrReplica, parseKeyArn } from './key-arn.ts'
import type { KeyArn } from './key-arn.ts'
import type { Keyring, Unwrapped, UnwrapRequest, WrappedDataKey, WrapRequest } from './keyring.ts'
import { encryptedBy, grantsOf, unusable, unwrapWithKms } from './kms-unwrap.ts'
import type { ChooseKey, Grants } from './kms-unwrap.ts'

export interface KmsKeyringOptions {
  kms: Kms
  /** Makes the data key. */
  generator: KeyArn
  /** Further keys, each of which opens the message as well. */
  keys?: readonly KeyArn[]
  /** Ask a named multi-Region key for what any of its replicas wrapped. */
  multiRegion?: boolean
  grantTokens?: readonly string[]
}

const KMS_KEYRING_SHAPE: Shape<KmsKeyringOptions> = {
  ...GRANTS_SHAPE,
  kms: aKms,
  generator: aText,
  keys: optional(listOf(aText)),
  multiRegion: optional(aBoolean),
}

/** Wraps data keys under all of the named KMS keys; opens what any of them wrapped, and asks for no other key. */
export class KmsKeyring implements Keyring {
  readonly #kms: Kms
  readonly #generator: KeyArn
  readonly #keys: readonly KeyArn[]
  readonly #isSame: (one: KeyArn, other: KeyArn) => boolean
  readonly #grants: Grants

  /** @throws EnvelopeError INVALID_ARGUMENT when one of the keys is not named by the ARN of a key. */
  constructor(options: KmsKeyringOptions) {
    requireOptions(options, 'A keyring of KMS keys', KMS_KEYRING_SHAPE)
    const { kms, generator, keys = [], multiRegion = false, grantTokens } = options
    for (const arn of [generator, ...keys]) parseKeyArn(arn)
    this.#kms = kms
    this.#generator = generator
    this.#keys = [...keys]
    this.#isSame = multiRegion ? isSameOrReplica : (one, other) => one === other
    this.#grants = grantsOf(grantTokens)
  }

  async onEncrypt(request: WrapRequest): Promise<WrappedDataKey> {
    if (request.dataKey !== undefined) {
      const arns = [this.#generator, ...this.#keys]
      return { dataKey: request.dataKey, encryptedDataKeys: await this.#wrapAll(arns, request.dataKey, request) }
    }
    const { dataKey, encryptedDataKey } = await this.#generate(request)
    try {
      const others = await this.#wrapAll(this.#keys, dataKey, request)
      return { dataKey, encryptedDataKeys: [encryptedDataKey, ...others] }
    } catch (error) {
      dataKey.wipe()
      throw error
    }
  }

  onDecrypt(request: UnwrapRequest): Promise<Unwrapped> {
    const known = [this.#generator, ...this.#keys]
    const choose: ChooseKey = (named) => {
      const ask = known.find((arn) => this.#isSame(arn, named))
      return ask === undefined ? { decline: 'it is not among the keys that were given.' } : { ask }
    }
    return unwrapWithKms(this.#kms, request, choose, this.#grants)
  }

  /** All calls are awaited, even once one has failed: each of them reads the data key, which may be wiped afterwards. */
  async #wrapAll(arns: readonly KeyArn[], dataKey: Secret, request: WrapRequest): Promise<EncryptedDataKey[]> {
    const wrapped = await Promise.allSettled(arns.map((arn) => this.#wrap(arn, dataKey, request)))
    const failed = wrapped.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
    return wrapped.map((result) => (result as PromiseFulfilledResult<EncryptedDataKey>).value)
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
      return { dataKey, encryptedDataKey: encryptedBy(this.#generator, { KeyId, CiphertextBlob }) }
    } catch (error) {
      dataKey.wipe()
      throw error
    }
  }

  async #wrap(arn: KeyArn, dataKey: Secret, { context, signal }: WrapRequest): Promise<EncryptedDataKey> {
    const { region } = parseKeyArn(arn)
    const input = { KeyId: arn, Plaintext: dataKey, EncryptionContext: { ...context }, ...this.#grants }
    const { KeyId, CiphertextBlob } = await this.#kms.call('Encrypt', input, { region, signal })
    return encryptedBy(arn, { KeyId, CiphertextBlob })
  }
}
