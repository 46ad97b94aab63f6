import { createHash } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { Secret } from '@keyhold/protocol'
import { aText, optional, requireOptions } from '../../base/arguments.ts'
import type { Shape } from '../../base/arguments.ts'
import { EnvelopeError } from '../../base/error.ts'
import { declined, failed } from '../../base/attempt.ts'
import type { Failure } from '../../base/attempt.ts'
import { aKms, GRANTS_SHAPE } from '../../keyrings/checks.ts'
import { isKeyArn, isSameOrReplica, parseKeyArn } from '../../keyrings/key-arn.ts'
import type { KeyArn } from '../../keyrings/key-arn.ts'
import type { Keyring, Unwrapped, UnwrapRequest, WrappedDataKey, WrapRequest } from '../../keyrings/keyring.ts'
import { grantsOf, secretOf } from '../../keyrings/kms-unwrap.ts'
import type { Grants } from '../../keyrings/kms-unwrap.ts'
import { infoAsText, type EncryptedDataKey } from '../../message/encrypted-data-keys.ts'
import { unwrapEach } from '../../keyrings/unwrap-each.ts'
import { wrapLocally } from '../../keyrings/wrap-locally.ts'
import type { Kms } from '../../kms/kms.ts'
import { fixedBytes } from '../../base/bytes.ts'
import { serializeContext } from '../../message/context.ts'
import type { EncryptionContext } from '../../message/context.ts'
import { aKeyInput } from '../checks.ts'
import { nodeCryptography } from '../cryptography.ts'
import { rsaEncrypt, rsaPublicKey } from './rsa.ts'
import type { RsaKeyInput, RsaPadding } from './rsa.ts'

const PROVIDER_ID = 'aws-kms-rsa'
const DIGEST = 'sha384'
const DIGEST_BYTES = 48

/** As KMS calls its algorithms. */
export type KmsRsaAlgorithm = 'RSAES_OAEP_SHA_1' | 'RSAES_OAEP_SHA_256'

const PADDINGS: Readonly<Record<KmsRsaAlgorithm, RsaPadding>> = Object.freeze({
  RSAES_OAEP_SHA_1: 'OAEP_SHA1_MGF1',
  RSAES_OAEP_SHA_256: 'OAEP_SHA256_MGF1',
})

export interface KmsRsaOptions {
  key: KeyArn
  /** As GetPublicKey gives it, in PEM. Needed to encrypt, which asks no KMS. */
  publicKey?: RsaKeyInput
  /** Default: RSAES_OAEP_SHA_256. */
  algorithm?: KmsRsaAlgorithm
  /** Needed to decrypt. */
  kms?: Kms
  grantTokens?: readonly string[]
}

export const KMS_RSA_SHAPE: Shape<KmsRsaOptions> = {
  ...GRANTS_SHAPE,
  key: aText,
  publicKey: optional(aKeyInput),
  algorithm: optional(aText),
  kms: optional(aKms),
}

/**
 * Wraps data keys under the public key of an RSA key in a KMS, which alone unwraps them. Specification, "AWS KMS RSA
 * keyring": a digest of the context is wrapped with the data key, since RSA has no additional data. A holder of the
 * public key can write such messages, so that signing them would prove nothing: signed suites are refused.
 */
class KmsRsaKeyring implements Keyring {
  readonly #kms: Kms | undefined
  readonly #key: KeyArn
  readonly #publicKey: KeyObject | undefined
  readonly #algorithm: KmsRsaAlgorithm
  readonly #grants: Grants

  constructor(options: KmsRsaOptions) {
    requireOptions(options, 'kmsRsa', KMS_RSA_SHAPE)
    const { key, publicKey, algorithm = 'RSAES_OAEP_SHA_256', kms, grantTokens } = options
    parseKeyArn(key)
    if (!Object.hasOwn(PADDINGS, algorithm)) {
      throw new EnvelopeError('INVALID_ARGUMENT', `KMS has no RSA algorithm ${JSON.stringify(algorithm)}.`)
    }
    this.#kms = kms
    this.#key = key
    this.#publicKey = publicKey === undefined ? undefined : rsaPublicKey(publicKey)
    this.#algorithm = algorithm
    this.#grants = grantsOf(grantTokens)
  }

  async onEncrypt(request: WrapRequest): Promise<WrappedDataKey> {
    const publicKey = this.#publicKey
    if (publicKey === undefined) {
      throw new EnvelopeError('INVALID_ARGUMENT', `To encrypt under ${this.#key} its public key is needed.`)
    }
    if (request.isSigned === true) throw signedRefused()
    return wrapLocally(request, nodeCryptography.randomSecret, (dataKey) => ({
      providerId: PROVIDER_ID,
      providerInfo: Buffer.from(this.#key),
      ciphertext: this.#wrap(publicKey, dataKey, request.context),
    }))
  }

  onDecrypt(request: UnwrapRequest): Promise<Unwrapped> {
    return unwrapEach(request, (candidate) => this.#unwrap(candidate, request))
  }

  #wrap(publicKey: KeyObject, dataKey: Secret, context: EncryptionContext): Uint8Array {
    using plaintext = Secret.of(fixedBytes(DIGEST_BYTES + dataKey.byteLength))
    plaintext.reveal().set(digestOf(context))
    plaintext.reveal().set(dataKey.reveal(), DIGEST_BYTES)
    return rsaEncrypt(publicKey, PADDINGS[this.#algorithm], plaintext.reveal())
  }

  async #unwrap(candidate: EncryptedDataKey, { context, isSigned, signal }: UnwrapRequest): Promise<Secret | Failure> {
    const named = infoAsText(candidate)
    if (candidate.providerId !== PROVIDER_ID) return declined('it is not an RSA key of a KMS.')
    if (!isKeyArn(named) || !isSameOrReplica(named, this.#key)) return declined('it is not the key that was given.')
    if (this.#kms === undefined) return declined('no KMS was given to ask.')
    if (isSigned === true) return declined('keys of this kind do not go with signed messages.')
    const input = { KeyId: this.#key, CiphertextBlob: candidate.ciphertext, EncryptionAlgorithm: this.#algorithm }
    const { region } = parseKeyArn(this.#key)
    const answer = await this.#kms.call('Decrypt', { ...input, ...this.#grants }, { region, signal })
    const opened = secretOf(answer, this.#key)
    return 'reason' in opened ? opened : withoutDigest(opened, context)
  }
}

function digestOf(context: EncryptionContext): Uint8Array {
  return createHash(DIGEST).update(serializeContext(context)).digest()
}

function withoutDigest(opened: Secret, context: EncryptionContext): Secret | Failure {
  using whole = opened
  const bytes = whole.reveal()
  if (!nodeCryptography.equal(bytes.subarray(0, DIGEST_BYTES), digestOf(context))) {
    return failed('it was sealed with another encryption context.')
  }
  const dataKey = fixedBytes(bytes.length - DIGEST_BYTES)
  dataKey.set(bytes.subarray(DIGEST_BYTES))
  return Secret.of(dataKey)
}

function signedRefused(): EnvelopeError {
  const message =
    'A message under a public RSA key cannot be signed: anyone could have written it. Encrypt with `signed: false`.'
  return new EnvelopeError('SUITE_REFUSED', message)
}

/**
 * A keyring of an RSA key in a KMS. Without `kms` it only encrypts, which needs no network.
 *
 * @throws EnvelopeError INVALID_ARGUMENT for a name that is not a key's ARN, and a public key that is none.
 */
export function kmsRsa(options: KmsRsaOptions): Keyring {
  return new KmsRsaKeyring(options)
}
