import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { PortableEnvelope } from '../src/envelope/envelope.ts'
import { Envelope } from '../src/index.ts'
import { PUBLIC_KEY_NAME } from '../src/message/context.ts'
import type { Keyring } from '../src/index.ts'
import { nodeCryptography } from '../src/node/cryptography.ts'
import { chunked, collector } from './support/messages.ts'

interface Vector {
  name: string
  writer: string
  suite: string
  frameLength: number
  context: Record<string, string>
  dataKey: string
  messageId: string
  encryptedDataKeys: { providerId: string; providerInfo: string; ciphertext: string }[]
  plaintext: string
  message: string
}

const file = new URL('../../../vectors/message/version-2.json', import.meta.url)
const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: Vector[] }
const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex')

function keyringOf(vector: Vector): Keyring {
  const encryptedDataKeys = vector.encryptedDataKeys.map(({ providerId, providerInfo, ciphertext }) => ({
    providerId,
    providerInfo: Buffer.from(providerInfo),
    ciphertext: bytes(ciphertext),
  }))
  const dataKey = (): Secret => Secret.of(bytes(vector.dataKey))
  return {
    onEncrypt: () => Promise.resolve({ dataKey: dataKey(), encryptedDataKeys }),
    onDecrypt: (request) => {
      assert.deepEqual(
        request.encryptedDataKeys.map(({ providerId, providerInfo, ciphertext }) => [
          providerId,
          Buffer.from(providerInfo),
          Buffer.from(ciphertext),
        ]),
        encryptedDataKeys.map(({ providerId, providerInfo, ciphertext }) => [providerId, providerInfo, ciphertext]),
      )
      return Promise.resolve({ dataKey: dataKey() })
    },
  }
}

describe('the published messages', () => {
  for (const vector of vectors) {
    test(`open: ${vector.name}`, async () => {
      const envelope = new Envelope({ keyring: keyringOf(vector) })
      const { plaintext, header } = await envelope.decrypt(bytes(vector.message), { expect: vector.context })
      assert.equal(Buffer.from(plaintext).toString('hex'), vector.plaintext)
      assert.equal(Buffer.from(header.messageId).toString('hex'), vector.messageId)
      assert.deepEqual({ ...header.context }, vector.context)
      assert.equal(`0x${header.suite.id.toString(16).padStart(4, '0')}`, vector.suite)
      for (const size of [1, 13]) {
        const output = collector()
        await envelope.decryptFile(chunked(bytes(vector.message), size), output, { expect: vector.context })
        assert.equal(output.bytes().toString('hex'), vector.plaintext)
      }
    })
  }

  for (const vector of vectors.filter(({ writer, context }) => writer === 'keyhold' && !(PUBLIC_KEY_NAME in context))) {
    test(`are written again byte for byte: ${vector.name}`, async () => {
      const cryptography = { ...nodeCryptography, nonce: () => bytes(vector.messageId) }
      const { frameLength, context } = vector
      const envelope = new PortableEnvelope(cryptography, { keyring: keyringOf(vector), signed: false, frameLength })
      const message = await envelope.encrypt(bytes(vector.plaintext), { context })
      assert.equal(Buffer.from(message).toString('hex'), vector.message)
    })
  }
})
