import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { Envelope, rawAes } from '../src/index.ts'
import type { Keyring } from '../src/index.ts'

const keyring = rawAes({ namespace: 'n', name: 'k', wrappingKey: new Uint8Array(32) })
const slow: Keyring = {
  onEncrypt: (request) => keyring.onEncrypt(request),
  onDecrypt: async (request) => (await setImmediate(), keyring.onDecrypt(request)),
}

test('plaintext that shrinks, grows or is transferred while a data key is made is never cut off', async () => {
  for (const bytes of [10, 200_000]) {
    for (const change of [0, 5, bytes / 2, bytes * 2, undefined]) {
      const buffer = new ArrayBuffer(bytes, { maxByteLength: bytes * 2 })
      const encrypting = new Envelope({ keyring }).encrypt(new Uint8Array(buffer))
      if (change === undefined) structuredClone(buffer, { transfer: [buffer] })
      else buffer.resize(change)
      const expected = { code: change === undefined ? 'INVALID_ARGUMENT' : 'CONFLICT' }
      await assert.rejects(encrypting, expected, `${bytes} to ${change}`)
    }
  }
})

test('a message that shrinks, grows or is transferred while its data key is opened fails by a code', async () => {
  for (const signed of [true, false]) {
    const message = await new Envelope({ keyring, signed }).encrypt(new Uint8Array(200_000))
    for (const change of [0, 5, 1000, message.length - 1, message.length + 1, undefined]) {
      for (const tracksLength of [true, false]) {
        // A view of a fixed length does not change when its buffer grows.
        const grows = !tracksLength && change === message.length + 1
        const decrypting = decryptWhile(message, change, tracksLength)
        await (grows ? decrypting : assert.rejects(decrypting, { code: 'CONFLICT' }, `${change}`))
      }
    }
  }
})

/** @param change how long its buffer becomes meanwhile; without one it is transferred. */
function decryptWhile(message: Uint8Array, change: number | undefined, tracksLength: boolean): Promise<unknown> {
  const buffer = new ArrayBuffer(message.length, { maxByteLength: message.length * 2 })
  const bytes = tracksLength ? new Uint8Array(buffer) : new Uint8Array(buffer, 0, message.length)
  bytes.set(message)
  const decrypting = new Envelope({ keyring: slow }).decrypt(bytes, { expect: {} })
  if (change === undefined) structuredClone(buffer, { transfer: [buffer] })
  else buffer.resize(change)
  return decrypting
}
