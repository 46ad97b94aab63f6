import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { type Keyring, rawAes, rawRsa, wrappingKeyName } from '../../src/index.ts'
import { nothingOpens } from '../../src/keyrings/wrapping-key.ts'
import type { EncryptedDataKey } from '../../src/message/encrypted-data-keys.ts'

const ARN = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const ID = 'e16f00112233445566778899aabbccdd'
const aes = (namespace: string, name: string): Keyring => rawAes({ namespace, name, wrappingKey: new Uint8Array(32) })
const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

async function sealedBy(keyring: Keyring): Promise<EncryptedDataKey> {
  const { encryptedDataKeys } = await keyring.onEncrypt({ context: {}, dataKeyBytes: 32 })
  return encryptedDataKeys[0]!
}

function named(providerId: string, info: string | Uint8Array): EncryptedDataKey {
  return { providerId, providerInfo: Buffer.from(info as string), ciphertext: new Uint8Array(32) }
}

test('a key that does not open is named by its kind and by a name that can be printed, whatever its keyring', async () => {
  const parties = Uint8Array.of(1, 0, 0, 0, 2, 0xab, 0xcd, 0, 0, 0, 1, 0xef)
  const rows: [candidate: EncryptedDataKey, named: string][] = [
    [named('aws-kms', ARN), `KMS key "${ARN}"`],
    [named('aws-kms-rsa', ARN), `RSA key of a KMS "${ARN}"`],
    [named('aws-kms-hierarchy', 'branch-7'), 'branch key "branch-7"'],
    [named('raw-ecdh', parties), 'key agreement "recipient abcd"'],
    [named('aws-kms-ecdh', parties), 'key agreement with a KMS key "recipient abcd"'],
    [await sealedBy(aes('keyhold-key-file', ID)), `key file "${ID}"`],
    [await sealedBy(aes('acme', 'k-1')), 'raw key of "acme" "k-1"'],
    [
      await sealedBy(rawRsa({ namespace: 'acme', name: 'r-1', padding: 'OAEP_SHA256_MGF1', publicKey })),
      'raw key of "acme" "r-1"',
    ],
    [named('acme', Uint8Array.of(0, 0xff, 7)), 'raw key of "acme" "00ff07"'],
    [named('toString', 'x'), 'raw key of "toString" "x"'],
  ]
  const stranger = aes('another', 'key')
  for (const [candidate, expected] of rows) {
    const { attempts = [] } = await stranger.onDecrypt({
      context: {},
      dataKeyBytes: 32,
      encryptedDataKeys: [candidate],
    })
    const { message } = nothingOpens('message', attempts)
    assert.ok(message.includes(` ${expected}: `), message)
    assert.doesNotMatch(message, /\p{Cc}|\\u0/u)
    assert.equal(attempts[0]?.key, wrappingKeyName(candidate))
  }
})
