/** What we write with raw keys under every suite the official client reads with the same keys, and the reverse. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import * as aws from '@aws-crypto/client-node'
import { anyOf, Envelope, rawAes, rawRsa } from '../src/index.ts'
import type { Keyring, RsaPadding } from '../src/index.ts'
import { isCommitting, SUITES } from '../src/message/suites.ts'
import type { Suite } from '../src/message/suites.ts'
import { chunked, collector, pattern } from './support/messages.ts'
import { legacy, officialRawAes, officialRawRsa, strict } from './support/official.ts'

const context = { tenant: 't-17', größe: 'ß', '\u{1f511}': 'key', '\uffee': 'sorts before it' }

function officialOf(suite: Suite): typeof strict {
  return isCommitting(suite) ? strict : legacy
}

function readerOf(keyring: Keyring): Envelope {
  return new Envelope({ keyring, commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' })
}

function writerOf(keyring: Keyring, suite: Suite, frameLength: number): Envelope {
  const commitmentPolicy = isCommitting(suite) ? 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT' : 'FORBID_ENCRYPT_ALLOW_DECRYPT'
  return new Envelope({ keyring, suite: suite.name, frameLength, commitmentPolicy })
}

describe('raw AES keys', () => {
  const wrappingKey = pattern(32)
  const ours = rawAes({ namespace: 'our keys', name: 'größe', wrappingKey })
  const theirs = officialRawAes('our keys', 'größe', wrappingKey)

  for (const suite of SUITES) {
    for (const frameLength of [1, 13, 64]) {
      const sizes = [0, 1, frameLength, frameLength + 1, 3 * frameLength, 3 * frameLength + 1]

      test(`under ${suite.name} in frames of ${frameLength}: we read what the official client writes`, async () => {
        for (const size of sizes) {
          const options = { suiteId: suite.id, encryptionContext: context, frameLength }
          const { result } = await officialOf(suite).encrypt(theirs, Buffer.from(pattern(size)), options)
          const { plaintext, header } = await readerOf(ours).decrypt(result, { expect: context })
          assert.deepEqual(plaintext, pattern(size))
          assert.equal(header.suite, suite)
          const output = collector()
          await readerOf(ours).decryptFile(chunked(result, 7), output, { expect: context })
          assert.deepEqual(new Uint8Array(output.bytes()), pattern(size))
        }
      })

      if (suite.kdfHash === undefined) continue
      test(`under ${suite.name} in frames of ${frameLength}: the official client reads what we write`, async () => {
        for (const size of sizes) {
          const message = await writerOf(ours, suite, frameLength).encrypt(pattern(size), { context })
          const read = await officialOf(suite).decrypt(theirs, Buffer.from(message))
          assert.deepEqual(new Uint8Array(read.plaintext), pattern(size))
        }
      })
    }
  }

  test('with a cache on both sides: messages under one data key cross over', async () => {
    const limits = { maxAgeMs: 60_000, maxMessages: 100, maxBytes: 2 ** 20 }
    const envelope = new Envelope({ keyring: ours, cache: limits })
    const official = new aws.NodeCachingMaterialsManager({
      backingMaterials: theirs,
      cache: aws.getLocalCryptographicMaterialsCache(100),
      maxAge: limits.maxAgeMs,
      maxMessagesEncrypted: limits.maxMessages,
      maxBytesEncrypted: limits.maxBytes,
    })
    for (const size of [0, 1, 100]) {
      const message = Buffer.from(await envelope.encrypt(pattern(size), { context }))
      assert.deepEqual(new Uint8Array((await strict.decrypt(official, message)).plaintext), pattern(size))
      const options = { encryptionContext: context, plaintextLength: size }
      const { result } = await strict.encrypt(official, Buffer.from(pattern(size)), options)
      assert.deepEqual((await envelope.decrypt(result, { expect: context })).plaintext, pattern(size))
    }
    assert.equal(envelope.cache.stats.callsSaved, 4)
  })

  for (const length of [16, 24, 32]) {
    test(`of ${length} bytes cross over, with and without a context`, async () => {
      const wrappingKey = pattern(length)
      const keyring = rawAes({ namespace: 'n', name: 'k', wrappingKey })
      const official = officialRawAes('n', 'k', wrappingKey)
      for (const encryptionContext of [{}, context]) {
        const message = await new Envelope({ keyring, signed: false }).encrypt(pattern(9), {
          context: encryptionContext,
        })
        assert.deepEqual(new Uint8Array((await strict.decrypt(official, Buffer.from(message))).plaintext), pattern(9))
        const { result } = await strict.encrypt(official, Buffer.from(pattern(9)), { encryptionContext })
        const read = await new Envelope({ keyring }).decrypt(result, { expect: encryptionContext })
        assert.deepEqual(read.plaintext, pattern(9))
      }
    })
  }
})

describe('raw RSA keys', () => {
  const pair = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { format: 'pem', type: 'spki' },
    privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
  })
  const paddings: RsaPadding[] = ['PKCS1', 'OAEP_SHA1_MGF1', 'OAEP_SHA256_MGF1', 'OAEP_SHA384_MGF1', 'OAEP_SHA512_MGF1']

  for (const padding of paddings) {
    test(`cross over with ${padding}, in both directions`, async () => {
      const keyring = rawRsa({ namespace: 'n', name: 'rsa', padding, ...pair })
      const official = officialRawRsa('n', 'rsa', padding, pair)
      const envelope = new Envelope({ keyring })
      const message = await envelope.encrypt(pattern(100), { context })
      assert.deepEqual(new Uint8Array((await strict.decrypt(official, Buffer.from(message))).plaintext), pattern(100))
      const { result } = await strict.encrypt(official, Buffer.from(pattern(100)), { encryptionContext: context })
      assert.deepEqual((await envelope.decrypt(result, { expect: context })).plaintext, pattern(100))
    })
  }

  test('and AES keys in one multi-keyring cross over', async () => {
    const wrappingKey = pattern(32)
    const aes = rawAes({ namespace: 'n', name: 'aes', wrappingKey })
    const rsa = rawRsa({ namespace: 'n', name: 'rsa', padding: 'OAEP_SHA256_MGF1', ...pair })
    const [officialAes, officialRsa] = [
      officialRawAes('n', 'aes', wrappingKey),
      officialRawRsa('n', 'rsa', 'OAEP_SHA256_MGF1', pair),
    ]
    const message = Buffer.from(await new Envelope({ keyring: anyOf(aes, rsa) }).encrypt(pattern(10), { context }))
    for (const official of [officialAes, officialRsa]) {
      assert.deepEqual(new Uint8Array((await strict.decrypt(official, message)).plaintext), pattern(10))
    }
    const both = new aws.MultiKeyringNode({ generator: officialRsa, children: [officialAes] })
    const { result } = await strict.encrypt(both, Buffer.from(pattern(10)), { encryptionContext: context })
    for (const keyring of [aes, rsa]) {
      assert.deepEqual((await new Envelope({ keyring }).decrypt(result, { expect: context })).plaintext, pattern(10))
    }
  })
})
