import { randomBytes } from 'node:crypto'
import * as aws from '@aws-crypto/client-node'

/** How one kind of keyring seals and opens data keys. */
export interface Wrapping {
  providerId: string
  seal(dataKey: Buffer, context: aws.EncryptionContext): Promise<{ providerInfo: Buffer; ciphertext: Buffer }>
  open(sealed: { providerInfo: Buffer; ciphertext: Buffer }, context: aws.EncryptionContext): Promise<Buffer>
}

/** A keyring of the official client's for what it has none for, so that it reads and writes such messages as a whole. */
export class ComposedKeyring extends aws.KeyringNode {
  readonly #wrapping: Wrapping

  constructor(wrapping: Wrapping) {
    super()
    this.#wrapping = wrapping
  }

  override async _onEncrypt(material: aws.NodeEncryptionMaterial): Promise<aws.NodeEncryptionMaterial> {
    const { providerId } = this.#wrapping
    const names = { keyNamespace: providerId, keyName: 'composed' }
    const dataKey = randomBytes(material.suite.keyLengthBytes)
    const { providerInfo, ciphertext } = await this.#wrapping.seal(dataKey, material.encryptionContext)
    material.setUnencryptedDataKey(new Uint8Array(dataKey), {
      ...names,
      flags: aws.KeyringTraceFlag.WRAPPING_KEY_GENERATED_DATA_KEY,
    })
    return material.addEncryptedDataKey(
      new aws.EncryptedDataKey({
        providerId,
        providerInfo: providerInfo.toString(),
        rawInfo: providerInfo,
        encryptedDataKey: ciphertext,
      }),
      aws.KeyringTraceFlag.WRAPPING_KEY_ENCRYPTED_DATA_KEY,
    )
  }

  override async _onDecrypt(
    material: aws.NodeDecryptionMaterial,
    encryptedDataKeys: aws.EncryptedDataKey[],
  ): Promise<aws.NodeDecryptionMaterial> {
    const { providerId } = this.#wrapping
    const sealed = encryptedDataKeys.find((candidate) => candidate.providerId === providerId)
    if (sealed?.rawInfo === undefined) throw new Error(`The message has no data key by ${providerId}`)
    const [providerInfo, ciphertext] = [Buffer.from(sealed.rawInfo), Buffer.from(sealed.encryptedDataKey)]
    const dataKey = await this.#wrapping.open({ providerInfo, ciphertext }, material.encryptionContext)
    const flags = aws.KeyringTraceFlag.WRAPPING_KEY_DECRYPTED_DATA_KEY
    return material.setUnencryptedDataKey(new Uint8Array(dataKey), {
      keyNamespace: providerId,
      keyName: 'composed',
      flags,
    })
  }
}
