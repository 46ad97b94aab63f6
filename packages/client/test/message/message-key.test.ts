/** Keys of messages, beside node:crypto's own HKDF and GCM. Specification, "Algorithm suites", "HKDF". */
import assert from 'node:assert/strict'
import { createCipheriv, hkdfSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { deriveMessageKey, headerAad, headerTag, headerTagVerifies } from '../../src/message/message-key.ts'
import { serializeContext } from '../../src/message/context.ts'
import { HEADER_IV } from '../../src/message/header.ts'
import { type Suite, SUITES } from '../../src/message/suites.ts'
import { nodeCryptography } from '../../src/node/cryptography.ts'
import { pattern } from '../support/messages.ts'

/** What the specification says of each suite, by its id: salt, and the info of the key and of the commitment. */
function specified(suite: Suite, dataKey: Uint8Array, messageId: Uint8Array): { key: Buffer; commitment: Buffer } {
  const { kdfHash, id, dataKeyBytes } = suite
  const idBytes = Buffer.from(id.toString(16).padStart(4, '0'), 'hex')
  if (kdfHash === undefined) return { key: Buffer.from(dataKey), commitment: Buffer.alloc(0) }
  const derive = (salt: Uint8Array, info: Uint8Array, length: number): Buffer =>
    Buffer.from(hkdfSync(kdfHash, dataKey, salt, info, length))
  if (suite.messageVersion === 1) {
    const key = derive(Buffer.alloc(0), Buffer.concat([idBytes, messageId]), dataKeyBytes)
    return { key, commitment: Buffer.alloc(0) }
  }
  return {
    key: derive(messageId, Buffer.concat([idBytes, Buffer.from('DERIVEKEY')]), 32),
    commitment: derive(messageId, Buffer.from('COMMITKEY'), 32),
  }
}

function sealedByNode(key: Buffer, aad: Uint8Array): Buffer {
  const bits = key.length * 8
  const cipher = createCipheriv(`aes-${bits}-gcm` as 'aes-256-gcm', key, HEADER_IV)
  cipher.setAAD(aad)
  cipher.final()
  return cipher.getAuthTag()
}

describe('the key and the commitment are those of the specification', () => {
  for (const suite of SUITES) {
    test(suite.name, async () => {
      const dataKey = pattern(suite.dataKeyBytes)
      const messageId = pattern(suite.messageIdBytes + 1).subarray(1)
      const { cipher, commitment } = await deriveMessageKey(
        nodeCryptography,
        suite,
        Secret.of(dataKey.slice()),
        messageId,
      )
      const expected = specified(suite, dataKey, messageId)
      assert.deepEqual(Buffer.from(commitment), expected.commitment)
      const aad = pattern(50)
      const tag = await headerTag(cipher, aad)
      assert.deepEqual(Buffer.from(tag), sealedByNode(expected.key, aad))
      assert.equal(await headerTagVerifies(cipher, HEADER_IV, aad, tag), true)
      assert.equal(await headerTagVerifies(cipher, HEADER_IV, pattern(51), tag), false)
    })

    test(`${suite.name} takes data keys of its own length only`, () => {
      const wrong = Secret.of(pattern(suite.dataKeyBytes + 1))
      assert.throws(() => deriveMessageKey(nodeCryptography, suite, wrong, pattern(suite.messageIdBytes)), {
        code: 'INVALID_DATA_KEY',
      })
    })
  }
})

test('the tag of a header is also over the pairs that it does not store', () => {
  const body = pattern(10)
  assert.deepEqual(headerAad(body, {}), body)
  const bound = { tenant: 't-17' }
  assert.deepEqual(Buffer.from(headerAad(body, bound)), Buffer.concat([body, serializeContext(bound)]))
})
