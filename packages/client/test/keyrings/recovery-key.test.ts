import assert from 'node:assert/strict'
import { createHash, createPublicKey } from 'node:crypto'
import { describe, test } from 'node:test'
import {
  anyOf,
  Envelope,
  EnvelopeError,
  generateRecoveryKey,
  rawAes,
  RECOVERY_NAMESPACE,
  recoveryKey,
  recoveryKeyName,
} from '../../src/index.ts'
import { pattern } from '../support/messages.ts'
import { officialRawRsa, strict } from '../support/official.ts'

const context = { tenant: 't-17' }
const pair = await generateRecoveryKey()
const other = await generateRecoveryKey()
const governed = rawAes({ namespace: 'n', name: 'k', wrappingKey: pattern(32) })
const message = await new Envelope({ keyring: anyOf(governed, recoveryKey(pair)) }).encrypt(pattern(5), { context })

describe('a recovery key', () => {
  test('opens what was encrypted with its public half as well', async () => {
    for (const keyring of [governed, recoveryKey({ privateKey: pair.privateKey })]) {
      const { plaintext } = await new Envelope({ keyring }).decrypt(message, { expect: context })
      assert.deepEqual(plaintext, pattern(5))
    }
  })

  test('opens in the official client, by the name that the specification gives it', async () => {
    const der = createPublicKey(pair.publicKey).export({ type: 'spki', format: 'der' })
    const name = createHash('sha256').update(der).digest('hex')
    assert.equal(recoveryKeyName(pair.publicKey), name)
    const theirs = officialRawRsa(RECOVERY_NAMESPACE, name, 'OAEP_SHA512_MGF1', { privateKey: pair.privateKey })
    const read = await strict.decrypt(theirs, Buffer.from(message))
    assert.deepEqual(new Uint8Array(read.plaintext), pattern(5))
  })

  test('opens nothing else, and neither half does the work of the other', async () => {
    const code = (expected: string) => (error: unknown) => error instanceof EnvelopeError && error.code === expected
    for (const keyring of [recoveryKey({ privateKey: other.privateKey }), recoveryKey({ publicKey: pair.publicKey })]) {
      await assert.rejects(new Envelope({ keyring }).decrypt(message, { expect: context }), code('NO_KEY_OPENS'))
    }
    const keyring = recoveryKey({ privateKey: pair.privateKey })
    await assert.rejects(new Envelope({ keyring }).encrypt(pattern(5)), code('INVALID_ARGUMENT'))
    const halves = { publicKey: pair.publicKey, privateKey: other.privateKey }
    for (const wrong of [{ privateKey: pair.publicKey }, { publicKey: 'no key' }, {}, halves])
      assert.throws(() => recoveryKey(wrong), code('INVALID_ARGUMENT'))
  })
})
