/** The same data key on both sides shows that the formats agree, without any KMS between them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as aws from '@aws-crypto/client-node'
import { ANY_CONTEXT, Envelope } from '../src/index.ts'
import { chunked, collector, fixedKeyring, pattern } from './support/messages.ts'

const FRAME = 4096
const SIZES = [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME, 2 ** 20]
const context = { tenant: 't-17', größe: 'ß', '\u{1f511}': 'key', '\uffee': 'sorts before it' }
const dataKey = pattern(32)

/** The official client's keyring that knows the one data key. */
class OfficialFixedKeyring extends aws.KeyringNode {
  readonly #trace = {
    keyNamespace: 'fixed',
    keyName: 'the one',
    flags: aws.KeyringTraceFlag.WRAPPING_KEY_GENERATED_DATA_KEY,
  }

  override _onEncrypt(material: aws.NodeEncryptionMaterial): Promise<aws.NodeEncryptionMaterial> {
    material.setUnencryptedDataKey(dataKey.slice(), this.#trace)
    const encryptedDataKey = { providerId: 'fixed', providerInfo: 'the one', encryptedDataKey: Buffer.from('x') }
    material.addEncryptedDataKey(
      new aws.EncryptedDataKey(encryptedDataKey),
      aws.KeyringTraceFlag.WRAPPING_KEY_ENCRYPTED_DATA_KEY,
    )
    return Promise.resolve(material)
  }

  override _onDecrypt(material: aws.NodeDecryptionMaterial): Promise<aws.NodeDecryptionMaterial> {
    return Promise.resolve(
      material.setUnencryptedDataKey(dataKey.slice(), {
        ...this.#trace,
        flags: aws.KeyringTraceFlag.WRAPPING_KEY_DECRYPTED_DATA_KEY,
      }),
    )
  }
}

const official = aws.buildClient(aws.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
const officialKeyring = new OfficialFixedKeyring()

for (const signed of [true, false]) {
  const suite = signed ? 'signed' : 'unsigned'
  const suiteId = signed
    ? aws.AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY_ECDSA_P384
    : aws.AlgorithmSuiteIdentifier.ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY
  const envelope = new Envelope({ keyring: fixedKeyring(dataKey), signed, frameLength: FRAME })

  for (const size of SIZES) {
    test(`the official client reads our ${suite} message of ${size} bytes`, async () => {
      const plaintext = pattern(size)
      const message = await envelope.encrypt(plaintext, { context })
      const read = await official.decrypt(officialKeyring, Buffer.from(message))
      assert.deepEqual(new Uint8Array(read.plaintext), plaintext)
      for (const [name, value] of Object.entries(context))
        assert.equal(read.messageHeader.encryptionContext[name], value)
    })

    test(`we read the official client's ${suite} message of ${size} bytes, whole and in chunks`, async () => {
      const plaintext = pattern(size)
      const options = { suiteId, encryptionContext: context, frameLength: FRAME }
      const { result } = await official.encrypt(officialKeyring, Buffer.from(plaintext), options)
      const read = await envelope.decrypt(result, { expect: context })
      assert.deepEqual(read.plaintext, plaintext)
      const output = collector()
      await envelope.decryptFile(chunked(result, 1000), output, { expect: ANY_CONTEXT })
      assert.deepEqual(new Uint8Array(output.bytes()), plaintext)
    })
  }
}
