import { Secret } from '@keyhold/protocol'
import { requireOptions, someBytes } from '../base/arguments.ts'
import type { Shape } from '../base/arguments.ts'
import { chain } from '../message/crypto.ts'
import type { AesGcm, Awaitable, Cryptography } from '../message/crypto.ts'
import { EnvelopeError } from '../base/error.ts'
import { concat, readUint32, uint32 } from '../base/bytes.ts'
import { serializeContext } from '../message/context.ts'
import type { EncryptedDataKey } from '../message/encrypted-data-keys.ts'
import { declined, failed } from '../base/attempt.ts'
import type { Failure } from '../base/attempt.ts'
import type { Keyring, Unwrapped, UnwrapRequest, WrappedDataKey, WrapRequest } from './keyring.ts'
import { unwrapEach } from './unwrap-each.ts'
import { RAW_KEY_NAME_SHAPE, requireRawKeyName, wrapLocally } from './wrap-locally.ts'
import type { RawKeyName } from './wrap-locally.ts'

const KEY_LENGTHS = [16, 24, 32]
const IV_BYTES = 12
const TAG_BYTES = 16
/** Lengths of the tag in bits and of the IV in bytes, as they stand before the IV. */
const HEAD = concat([uint32(TAG_BYTES * 8), uint32(IV_BYTES)])

const encoder = new TextEncoder()

export interface RawAesOptions extends RawKeyName {
  /** 16, 24 or 32 random bytes. A copy is taken: wipe your own. Good for 2^32 messages (NIST SP 800-38D, 8.3). */
  wrappingKey: Uint8Array
}

const RAW_AES_SHAPE: Shape<RawAesOptions> = { ...RAW_KEY_NAME_SHAPE, wrappingKey: someBytes }

/** Wraps data keys by AES-GCM under a key that the caller has. Specification, "Raw AES keyring". */
export class RawAesKeyring implements Keyring {
  readonly #cryptography: Cryptography
  readonly #namespace: string
  readonly #name: Uint8Array
  readonly #cipher: Awaitable<AesGcm>

  /** @throws EnvelopeError INVALID_ARGUMENT for a key of another length, or a name that messages cannot have. */
  constructor(cryptography: Cryptography, options: RawAesOptions) {
    requireOptions(options, 'rawAes', RAW_AES_SHAPE)
    const { namespace, name, wrappingKey } = options
    requireRawKeyName({ namespace, name })
    if (!KEY_LENGTHS.includes(wrappingKey.length)) {
      throw new EnvelopeError('INVALID_ARGUMENT', `An AES key has 16, 24 or 32 bytes, not ${wrappingKey.length}.`)
    }
    this.#cryptography = cryptography
    this.#namespace = namespace
    this.#name = encoder.encode(name)
    this.#cipher = cryptography.aesGcm(wrappingKey)
  }

  onEncrypt(request: WrapRequest): Promise<WrappedDataKey> {
    const { randomSecret } = this.#cryptography
    return wrapLocally(request, randomSecret, (dataKey) => this.#wrap(dataKey, serializeContext(request.context)))
  }

  onDecrypt(request: UnwrapRequest): Promise<Unwrapped> {
    const aad = serializeContext(request.context)
    return unwrapEach(request, (candidate) => this.#unwrap(candidate, aad))
  }

  #wrap(dataKey: Secret, aad: Uint8Array): Awaitable<EncryptedDataKey> {
    const iv = this.#cryptography.nonce(IV_BYTES)
    const sealed = chain(this.#cipher, (cipher) => cipher.seal([{ iv, aad, plaintext: dataKey.reveal() }]))
    return chain(sealed, ([only]) => ({
      providerId: this.#namespace,
      providerInfo: concat([this.#name, HEAD, iv]),
      ciphertext: concat([only!.ciphertext, only!.tag]),
    }))
  }

  #unwrap(candidate: EncryptedDataKey, aad: Uint8Array): Awaitable<Secret | Failure> {
    const iv = this.#ivFor(candidate)
    if (iv === undefined) return declined('it is not the raw AES key that was given.')
    const tagStart = candidate.ciphertext.length - TAG_BYTES
    if (tagStart <= 0) return failed('it is too short.')
    const [ciphertext, tag] = [candidate.ciphertext.subarray(0, tagStart), candidate.ciphertext.subarray(tagStart)]
    const opened = chain(this.#cipher, (cipher) => cipher.open([{ iv, aad, ciphertext, tag }]))
    return chain(opened, (plaintexts) => {
      if (plaintexts === undefined) return failed('the key does not open it, or the context is another.')
      return Secret.of(plaintexts[0]!)
    })
  }

  /** The IV, if the candidate names this key and has the form that the specification prescribes. */
  #ivFor({ providerId, providerInfo }: EncryptedDataKey): Uint8Array | undefined {
    const headStart = this.#name.length
    const ivStart = headStart + HEAD.length
    if (providerId !== this.#namespace || providerInfo.length !== ivStart + IV_BYTES) return undefined
    if (this.#name.some((byte, index) => providerInfo[index] !== byte)) return undefined
    const isOurForm =
      readUint32(providerInfo, headStart) === TAG_BYTES * 8 && readUint32(providerInfo, headStart + 4) === IV_BYTES
    return isOurForm ? providerInfo.subarray(ivStart) : undefined
  }
}
