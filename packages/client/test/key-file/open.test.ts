import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { EnvelopeError, rawAes } from '../../src/index.ts'
import { commitmentTo, sealingContext, type KeyFile } from '../../src/key-file/format.ts'
import { openSeal } from '../../src/key-file/open.ts'
import { rewrapped } from '../../src/key-file/rewrap.ts'
import type { Keyring } from '../../src/keyrings/keyring.ts'
import { nodeCryptography } from '../../src/node/cryptography.ts'
import { MemoryKms } from '../support/memory-kms.ts'
import { pattern } from '../support/messages.ts'

const ID = '00112233445566778899aabbccddeeff'
const local = rawAes({ namespace: 'n', name: 'k', wrappingKey: pattern(32) })
const wrappingKey = pattern(32).map((byte) => byte ^ 0xff)
const code = (expected: string) => (error: unknown) => error instanceof EnvelopeError && error.code === expected

async function sealed(key: Uint8Array): Promise<KeyFile['sealed']> {
  using dataKey = Secret.of(key.slice())
  return (await local.onEncrypt({ context: sealingContext(ID), dataKeyBytes: 32, dataKey })).encryptedDataKeys
}

async function keyFile(...keys: readonly Uint8Array[]): Promise<KeyFile> {
  const commitment = await commitmentTo(nodeCryptography, ID, wrappingKey)
  return { id: ID, commitment, sealed: (await Promise.all(keys.map(sealed))).flat() }
}

/** A keyring that opens what `local` opens, whatever it is asked to accept, and the keys that it gave away. */
function trusting(): Keyring & { given: Secret[] } {
  const given: Secret[] = []
  return {
    given,
    onEncrypt: (request) => local.onEncrypt(request),
    onDecrypt: async (request) => {
      const found = await local.onDecrypt({ ...request, accepts: async () => true })
      if (found.dataKey !== undefined) given.push(found.dataKey)
      return found
    },
  }
}

const isWiped = (secret: Secret): boolean => secret.reveal().every((byte) => byte === 0)

test('a keyring that cannot tell what was wrapped is told: only the key that the file commits to', async () => {
  const answers: (boolean | undefined)[] = []
  const asking: Keyring = {
    onEncrypt: (request) => local.onEncrypt(request),
    onDecrypt: async (request) => {
      for (const key of [pattern(32), wrappingKey]) {
        using dataKey = Secret.of(key.slice())
        answers.push(await request.accepts?.(dataKey))
      }
      return local.onDecrypt(request)
    },
  }
  using opened = await openSeal(nodeCryptography, await keyFile(wrappingKey), asking, undefined)
  assert.deepEqual(Buffer.from(opened.reveal()), Buffer.from(wrappingKey))
  assert.deepEqual(answers, [false, true])
})

test('a key that the file does not commit to is refused and wiped, whichever keyring opened it', async () => {
  const keyring = trusting()
  await assert.rejects(
    openSeal(nodeCryptography, await keyFile(pattern(32)), keyring, undefined),
    code('NOT_AUTHENTIC'),
  )
  assert.deepEqual(keyring.given.map(isWiped), [true])
})

test('the key that is sealed again is wiped afterwards', async () => {
  const keyring = trusting()
  const file = await keyFile(wrappingKey)
  const changed = await rewrapped(nodeCryptography, file, { open: keyring, add: [local] })
  assert.equal(changed.sealed.length, 2)
  assert.deepEqual(keyring.given.map(isWiped), [true])
})

test('a seal of another provider is no KMS key, even if its name is the ARN of one', async () => {
  const kms = new MemoryKms()
  const [from, to] = [kms.createKey(), kms.createKey()]
  const file = await keyFile(wrappingKey)
  const posing = file.sealed.map((seal) => ({ ...seal, providerInfo: new TextEncoder().encode(from) }))
  const rewrapping = rewrapped(nodeCryptography, { ...file, sealed: posing }, { kms, from: [from], add: [to] })
  await assert.rejects(rewrapping, (error) => {
    assert.ok(error instanceof EnvelopeError)
    assert.deepEqual([error.code, error.attempts.map(({ tried }) => tried)], ['NO_KEY_OPENS', [false]])
    return true
  })
  assert.deepEqual(kms.calls, [])
})
