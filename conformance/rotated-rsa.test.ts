/**
 * PKCS #1 v1.5 with a rotated key under one name. AWS's client writes messages under the old key and the new one until OpenSSL,
 * given the new one, makes bytes as long as a data key of what the old one wrapped. These open all the same, and once they
 * are rewrapped AWS's client opens them by a KMS key.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { constants, privateDecrypt } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import * as aws from '@aws-crypto/client-node'
import { KMS } from '@aws-sdk/client-kms'
import { ANY_CONTEXT, Envelope, rawRsa, readUnverifiedHeader } from '@keyhold/client'
import { folder } from '../tools/testing/folder.ts'
import { needs } from '../tools/testing/needs.ts'
import { clientOf } from './client-of.ts'
import { startServer } from './server.ts'

const NAMED = { namespace: 'n', name: 'k', padding: 'PKCS1' } as const
const DATA_KEY_BYTES = 32
/** One of some 250 is it: that none of so many is does not happen. */
const MOST_MESSAGES = 8000
const WANTED = 2
const { ALG_AES256_GCM_IV12_TAG16_HKDF_SHA512_COMMIT_KEY: UNSIGNED } = aws.AlgorithmSuiteIdentifier

test('what OpenSSL makes with the wrong RSA key is not taken for a data key', { skip: needs('openssl') }, async () => {
  await using files = await folder()
  const [old, current] = [rsaKey(files.path('old.pem')), rsaKey(files.path('current.pem'))]
  const official = aws.buildClient(aws.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
  const children = [officialRsa(current)]
  const keyring = new aws.MultiKeyringNode({ generator: officialRsa(old), children })
  const reader = new Envelope({ keyring: rawRsa({ ...NAMED, privateKey: current.privateKey }) })

  const found: Buffer[] = []
  for (let count = 0; found.length < WANTED && count < MOST_MESSAGES; count++) {
    const { result } = await official.encrypt(keyring, 'a page', { suiteId: UNSIGNED })
    const [first, second] = await wrappedKeys(result)
    if (opened(current.privateKey, first!) !== DATA_KEY_BYTES) continue
    found.push(result)
    const dataKeys = [
      opensslOpens(old.path, first!, files.path('a')),
      opensslOpens(current.path, second!, files.path('a')),
    ]
    assert.deepEqual(dataKeys[0], dataKeys[1])
    assert.equal(dataKeys[0]!.length, DATA_KEY_BYTES)
  }
  assert.equal(found.length, WANTED)
  for (const message of found) {
    assert.equal(String(Buffer.from((await reader.decrypt(message, { expect: {} })).plaintext)), 'a page')
  }

  const server = await startServer()
  const sdk = new KMS({ ...server, maxAttempts: 1 })
  try {
    const generatorKeyId = (await sdk.createKey({})).KeyMetadata!.Arn!
    const ours = clientOf(server)
    const writer = new Envelope({ keyring: ours.key(await ours.resolve(generatorKeyId)) })
    const theirs = new aws.KmsKeyringNode({ clientProvider: () => sdk, generatorKeyId })
    for (const message of found) {
      writeFileSync(files.path('message'), message)
      await writer.rewrapFile(files.path('message'), files.path('message'), { from: reader, expect: ANY_CONTEXT })
      const { plaintext } = await official.decrypt(theirs, readFileSync(files.path('message')))
      assert.equal(String(plaintext), 'a page')
    }
  } finally {
    sdk.destroy()
    await server.stop()
  }
})

interface RsaKey {
  path: string
  publicKey: string
  privateKey: string
}

function rsaKey(path: string): RsaKey {
  openssl('genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', path)
  return { path, publicKey: String(openssl('pkey', '-in', path, '-pubout')), privateKey: readFileSync(path, 'utf8') }
}

function officialRsa({ publicKey }: RsaKey): aws.RawRsaKeyringNode {
  const padding = constants.RSA_PKCS1_PADDING
  return new aws.RawRsaKeyringNode({
    keyNamespace: NAMED.namespace,
    keyName: NAMED.name,
    padding,
    rsaKey: { publicKey },
  })
}

async function wrappedKeys(message: Buffer): Promise<Uint8Array[]> {
  const whole = (async function* () {
    yield await Promise.resolve(message)
  })()
  return (await readUnverifiedHeader(whole)).header.encryptedDataKeys.map(({ ciphertext }) => ciphertext)
}

/** How many bytes the OpenSSL within Node makes of it; none where the number is too large for the key. */
function opened(key: string, ciphertext: Uint8Array): number {
  try {
    return privateDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, ciphertext).length
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_MODULUS') return 0
    throw error
  }
}

function opensslOpens(keyPath: string, ciphertext: Uint8Array, path: string): Buffer {
  writeFileSync(path, ciphertext)
  return openssl('pkeyutl', '-decrypt', '-inkey', keyPath, '-pkeyopt', 'rsa_padding_mode:pkcs1', '-in', path)
}

function openssl(...args: string[]): Buffer {
  const { status, stdout, stderr } = spawnSync('openssl', args)
  assert.equal(status, 0, String(stderr))
  return stdout
}
