import type { Secret } from '@keyhold/protocol'
import type { Cryptography } from '../message/crypto.ts'
import { EnvelopeError } from '../base/error.ts'
import { checkedUnwrapped, checkedWrapped } from '../keyrings/checks.ts'
import type { Keyring, WrappedDataKey, WrapRequest } from '../keyrings/keyring.ts'
import { nothingOpens } from '../keyrings/wrapping-key.ts'
import { encodeBase64 } from '../message/base64.ts'
import { PUBLIC_KEY_NAME, withPair } from '../message/context.ts'
import type { DecryptionRequest, EncryptionMaterials, EncryptionRequest, MaterialsManager } from './manager.ts'

/** Asks a keyring for every message. Specification, "Default CMM". */
export class DefaultManager implements MaterialsManager {
  readonly #cryptography: Cryptography
  readonly #keyring: Keyring
  readonly #maxEncryptedDataKeys: number

  constructor(cryptography: Cryptography, keyring: Keyring, maxEncryptedDataKeys: number) {
    this.#cryptography = cryptography
    this.#keyring = keyring
    this.#maxEncryptedDataKeys = maxEncryptedDataKeys
  }

  async toEncrypt({ suite, context, signal }: EncryptionRequest): Promise<EncryptionMaterials> {
    const { dataKeyBytes, signature } = suite
    const shared = { dataKeyBytes, isSigned: signature !== undefined, ...(signal && { signal }) }
    if (signature === undefined) return this.#capped({ ...(await this.#wrap({ ...shared, context })), context })
    const signingKey = await this.#cryptography.signingKey(signature)
    const signed = withPair(context, PUBLIC_KEY_NAME, encodeBase64(signingKey.publicKey))
    const wrapped = await this.#wrap({ ...shared, context: signed })
    return this.#capped({ ...wrapped, context: signed, signingKey })
  }

  async toDecrypt({ suite, context, encryptedDataKeys, accepts, signal }: DecryptionRequest): Promise<Secret> {
    const { dataKeyBytes, signature } = suite
    const optional = { ...(accepts && { accepts }), ...(signal && { signal }) }
    const request = { context, dataKeyBytes, encryptedDataKeys, isSigned: signature !== undefined, ...optional }
    const { dataKey, attempts } = checkedUnwrapped(await this.#keyring.onDecrypt(request), request)
    if (dataKey === undefined) throw nothingOpens('message', attempts)
    return dataKey
  }

  async #wrap(request: WrapRequest): Promise<WrappedDataKey> {
    return checkedWrapped(await this.#keyring.onEncrypt(request))
  }

  /** What this client would not read it does not write. */
  #capped(materials: EncryptionMaterials): EncryptionMaterials {
    const { length } = materials.encryptedDataKeys
    if (length <= this.#maxEncryptedDataKeys) return materials
    materials.dataKey.wipe()
    const message = `The keyring made ${length} encrypted data keys, and this client allows ${this.#maxEncryptedDataKeys}.`
    throw new EnvelopeError('LIMIT_EXCEEDED', message)
  }
}
