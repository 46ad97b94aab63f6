import type { KeyObject } from 'node:crypto'
import type { Secret } from '@keyhold/protocol'
import { EnvelopeError } from '../../error.ts'
import { declined, failed } from '../../keyrings/attempt.ts'
import type { Failure } from '../../keyrings/attempt.ts'
import type { Keyring, Unwrapped, UnwrapRequest, WrappedDataKey, WrapRequest } from '../../keyrings/keyring.ts'
import { infoAsText, unwrapEach } from '../../keyrings/unwrap-each.ts'
import { requireRawKeyName, wrapLocally } from '../../keyrings/wrap-locally.ts'
import type { RawKeyName } from '../../keyrings/wrap-locally.ts'
import type { EncryptedDataKey } from '../../message/encrypted-data-keys.ts'
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

  constructor({ namespace, name, padding, publicKey, privateKey }: RawRsaOptions) {
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
    return unwrapEach(request, (candidate) => this.#unwrap(candidate))
  }

  #unwrap(candidate: EncryptedDataKey): Secret | Failure {
    if (candidate.providerId !== this.#namespace || infoAsText(candidate) !== this.#name) {
      return declined('it is not the raw RSA key that was given.')
    }
    if (this.#privateKey === undefined) return declined('the private key was not given.')
    try {
      return rsaDecrypt(this.#privateKey, this.#padding, candidate.ciphertext)
    } catch {
      return failed('the private key does not open it, or the padding is another.')
    }
  }
}

/** @throws EnvelopeError INVALID_ARGUMENT for keys that are none, and names that messages cannot have. */
export function rawRsa(options: RawRsaOptions): Keyring {
  return new RawRsaKeyring(options)
}
