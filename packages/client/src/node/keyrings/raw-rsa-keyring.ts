import type { KeyObject } from 'node:crypto'
import { Secret } from '@keyhold/protocol'
import { aText, optional, requireOptions } from '../../base/arguments.ts'
import type { Shape } from '../../base/arguments.ts'
import { EnvelopeError } from '../../base/error.ts'
import { declined, failed } from '../../base/attempt.ts'
import type { Failure } from '../../base/attempt.ts'
import type { Keyring, Unwrapped, UnwrapRequest, WrappedDataKey, WrapRequest } from '../../keyrings/keyring.ts'
import { infoAsText, type EncryptedDataKey } from '../../message/encrypted-data-keys.ts'
import { unwrapEach } from '../../keyrings/unwrap-each.ts'
import { RAW_KEY_NAME_SHAPE, requireRawKeyName, wrapLocally } from '../../keyrings/wrap-locally.ts'
import type { RawKeyName } from '../../keyrings/wrap-locally.ts'
import { aKeyInput } from '../checks.ts'
import { nodeCryptography } from '../cryptography.ts'
import { requirePadding, rsaDecrypt, rsaEncrypt, rsaPrivateKey, rsaPublicKey } from './rsa.ts'
import type { RsaKeyInput, RsaPadding } from './rsa.ts'

export interface RawRsaOptions extends RawKeyName {
  padding: RsaPadding
  /** Needed to encrypt. */
  publicKey?: RsaKeyInput
  /** Needed to decrypt. */
  privateKey?: RsaKeyInput
}

const RAW_RSA_SHAPE: Shape<RawRsaOptions> = {
  ...RAW_KEY_NAME_SHAPE,
  padding: aText,
  publicKey: optional(aKeyInput),
  privateKey: optional(aKeyInput),
}

/**
 * Wraps data keys under a public RSA key. Specification, "Raw RSA keyring". What is wrapped is not bound to the
 * encryption context, and anyone can have wrapped it: only the message itself authenticates its context.
 */
class RawRsaKeyring implements Keyring {
  readonly #namespace: string
  readonly #name: string
  readonly #padding: RsaPadding
  readonly #publicKey: KeyObject | undefined
  readonly #privateKey: KeyObject | undefined

  constructor(options: RawRsaOptions) {
    requireOptions(options, 'rawRsa', RAW_RSA_SHAPE)
    const { namespace, name, padding, publicKey, privateKey } = options
    requireRawKeyName({ namespace, name })
    requirePadding(padding)
    this.#namespace = namespace
    this.#name = name
    this.#padding = padding
    this.#publicKey = publicKey === undefined ? undefined : rsaPublicKey(publicKey)
    this.#privateKey = privateKey === undefined ? undefined : rsaPrivateKey(privateKey)
  }

  async onEncrypt(request: WrapRequest): Promise<WrappedDataKey> {
    const publicKey = this.#publicKey
    if (publicKey === undefined)
      throw new EnvelopeError('INVALID_ARGUMENT', 'Without a public key nothing is encrypted.')
    return wrapLocally(request, nodeCryptography.randomSecret, (dataKey) => ({
      providerId: this.#namespace,
      providerInfo: Buffer.from(this.#name),
      ciphertext: rsaEncrypt(publicKey, this.#padding, dataKey.reveal()),
    }))
  }

  onDecrypt(request: UnwrapRequest): Promise<Unwrapped> {
    return unwrapEach(request, (candidate) => this.#unwrap(candidate, request))
  }

  #unwrap(candidate: EncryptedDataKey, request: UnwrapRequest): Promise<Secret | Failure> | Secret | Failure {
    if (candidate.providerId !== this.#namespace || infoAsText(candidate) !== this.#name) {
      return declined('it is not the raw RSA key that was given.')
    }
    if (this.#privateKey === undefined) return declined('the private key was not given.')
    if (this.#padding === 'PKCS1') return unwrapPkcs1(this.#privateKey, candidate.ciphertext, request)
    try {
      return rsaDecrypt(this.#privateKey, this.#padding, candidate.ciphertext)
    } catch {
      return notOpened()
    }
  }
}

/**
 * With PKCS #1 v1.5 the padding proves nothing: of what another key wrapped OpenSSL makes bytes of any length, now and then
 * of a data key's, so that an attacker does not learn whether the padding was right. The message decides instead, by its commitment and
 * its header's tag, and the next encrypted data key is tried if it declines.
 *
 * Wrong padding and a wrong length count as a data key drawn at random, which the message declines (RFC 3218, section
 * 2.3.2): they take the same steps and end in the same words as a data key that is not the message's. The tries are as many
 * as a header may have encrypted data keys.
 */
async function unwrapPkcs1(
  privateKey: KeyObject,
  ciphertext: Uint8Array,
  { dataKeyBytes, accepts }: UnwrapRequest,
): Promise<Secret | Failure> {
  const drawn = Secret.of(nodeCryptography.randomSecret(dataKeyBytes))
  const dataKey = rsaDecryptOr(drawn, privateKey, ciphertext)
  if (dataKey !== drawn) drawn.wipe()
  const isOne = accepts === undefined ? dataKey !== drawn : await accepts(dataKey)
  if (isOne) return dataKey
  dataKey.wipe()
  return notOpened()
}

/** What the key makes of the ciphertext, if it is as long as `otherwise`; else that. */
function rsaDecryptOr(otherwise: Secret, privateKey: KeyObject, ciphertext: Uint8Array): Secret {
  try {
    const opened = rsaDecrypt(privateKey, 'PKCS1', ciphertext)
    if (opened.byteLength === otherwise.byteLength) return opened
    opened.wipe()
  } catch {
    // Platforms without OpenSSL's countermeasure throw.
  }
  return otherwise
}

function notOpened(): Failure {
  return failed('the private key does not open it, or the padding is another.')
}

/** @throws EnvelopeError INVALID_ARGUMENT for keys that are none, and names that messages cannot have. */
export function rawRsa(options: RawRsaOptions): Keyring {
  return new RawRsaKeyring(options)
}
