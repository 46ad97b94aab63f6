/** What was secret is zeros afterwards, however it ends. SECURITY.md says what no test can show. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import type { Secret } from '@keyhold/protocol'
import type { Cryptography } from '../src/message/crypto.ts'
import { PortableEnvelope } from '../src/envelope/envelope.ts'
import type { EnvelopeOptions } from '../src/envelope/envelope.ts'
import { ANY_CONTEXT } from '../src/index.ts'
import type { KeyArn } from '../src/index.ts'
import { KmsKeyring } from '../src/keyrings/kms-keyring.ts'
import { RawAesKeyring } from '../src/keyrings/raw-aes-keyring.ts'
import { nodeCryptography } from '../src/node/cryptography.ts'
import { folder } from '../../../tools/testing/folder.ts'
import { MemoryKms, refusal } from './support/memory-kms.ts'
import { pattern } from './support/messages.ts'
import { answer, scriptedServer } from './support/scripted-server.ts'

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0)

/** An envelope of which every data key and every derived key is remembered. */
function watched(options: Partial<EnvelopeOptions> = {}): {
  envelope: PortableEnvelope
  kms: MemoryKms
  keyArn: KeyArn
  derived: Uint8Array[]
  assertWiped(atLeast: number): void
} {
  const kms = new MemoryKms()
  const keyArn = kms.createKey()
  const derived: Uint8Array[] = []
  const cryptography: Cryptography = {
    ...nodeCryptography,
    aesGcm: (key) => {
      derived.push(key)
      return nodeCryptography.aesGcm(key)
    },
  }
  const keyring = new KmsKeyring({ kms, generator: keyArn, keys: [kms.createKey()] })
  const envelope = new PortableEnvelope(cryptography, { keyring, ...options })
  const assertWiped = (atLeast: number): void => {
    const secrets = [...kms.secrets.map((secret: Secret) => secret.reveal()), ...derived]
    assert.ok(secrets.length >= atLeast, `only ${secrets.length} secrets were seen`)
    for (const secret of secrets) assert.ok(isZero(secret))
  }
  return { envelope, kms, keyArn, derived, assertWiped }
}

describe('data keys and derived keys are wiped', () => {
  test('when a message was written and read', async () => {
    const { envelope, assertWiped } = watched()
    const message = await envelope.encrypt(pattern(100))
    await envelope.decrypt(message, { expect: ANY_CONTEXT })
    assertWiped(4)
  })

  test('when any byte of a message turns out to be changed', async () => {
    const { envelope, assertWiped } = watched({ frameLength: 50 })
    const message = await envelope.encrypt(pattern(100))
    for (let index = 0; index < message.length; index += 7) {
      const changed = message.slice()
      changed[index]! ^= 1
      await assert.rejects(envelope.decrypt(changed, { expect: ANY_CONTEXT }))
    }
    assertWiped(20)
  })

  test('when a further key cannot wrap, or the header cannot be written', async () => {
    const { envelope, assertWiped } = watched()
    const failing = watched()
    const other = failing.kms.createKey()
    failing.kms.failures.set(other, refusal('DisabledException', 'Encrypt'))
    const keyring = new KmsKeyring({ kms: failing.kms, generator: failing.keyArn, keys: [other] })
    await assert.rejects(new PortableEnvelope(nodeCryptography, { keyring }).encrypt(pattern(1)))
    failing.assertWiped(1)
    const tooLong = { context: { a: 'x'.repeat(40_000), b: 'x'.repeat(40_000) } }
    await assert.rejects(envelope.encrypt(pattern(1), tooLong))
    assertWiped(1)
  })

  test('when the caller gives up while the KMS is being asked', async () => {
    const { kms, keyArn, assertWiped } = watched()
    const controller = new AbortController()
    const aborting = {
      call: async (...args: Parameters<MemoryKms['call']>) => {
        const output = await kms.call(...args)
        if (args[0] === 'Encrypt') {
          controller.abort(new Error('enough'))
          throw controller.signal.reason
        }
        return output
      },
    }
    const keyring = new KmsKeyring({ kms: aborting as MemoryKms, generator: keyArn, keys: [kms.createKey()] })
    const envelope = new PortableEnvelope(nodeCryptography, { keyring })
    await assert.rejects(envelope.encrypt(pattern(1), { signal: controller.signal }), /enough/)
    assertWiped(2)
  })

  test('when a stream is abandoned', async () => {
    const { envelope, assertWiped } = watched({ signed: false, frameLength: 50 })
    const message = await envelope.encrypt(pattern(1000))
    const stream = envelope.decryptStream({ expect: ANY_CONTEXT })
    const reader = stream.readable.getReader()
    const writer = stream.writable.getWriter()
    writer.write(message.subarray(0, 800)).catch(() => undefined)
    await reader.read()
    await reader.cancel()
    await writer.abort().catch(() => undefined)
    assertWiped(4)
  })

  test('by raw keyrings as well, which draw them into memory that does not move', async () => {
    const drawn: Uint8Array[] = []
    const cryptography: Cryptography = {
      ...nodeCryptography,
      randomSecret: (length) => {
        drawn.push(nodeCryptography.randomSecret(length))
        return drawn.at(-1)!
      },
    }
    const keyring = new RawAesKeyring(cryptography, { namespace: 'n', name: 'k', wrappingKey: pattern(32) })
    await new PortableEnvelope(cryptography, { keyring }).encrypt(pattern(1))
    assert.equal(drawn.length, 1)
    assert.ok(isZero(drawn[0]!))
  })
})

test('a snapshot of the heap after use holds neither the data key nor its base64', async () => {
  const dataKey = pattern(32).map((byte) => byte | 0x21)
  const keyArn = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
  const Plaintext = Buffer.from(dataKey).toString('base64')
  const reply = answer(200, { KeyId: keyArn, Plaintext, CiphertextBlob: 'c2VhbGVk' })
  await using server = await scriptedServer(reply)
  await using files = await folder()
  const child = new URL('children/snapshot-after-use.ts', import.meta.url).pathname
  const canary = 'a text that a snapshot does hold'
  const args = ['--conditions=source', child, server.endpoint, files.path('heap'), keyArn, canary]
  await promisify(execFile)(process.execPath, args)
  assert.equal(server.received.length, 2)
  const snapshot = await readFile(files.path('heap'))
  assert.ok(snapshot.includes(canary)) // or nothing would be proven
  assert.ok(snapshot.includes(keyArn))
  const forms = ['base64', 'base64url', 'hex', 'latin1'].map((form) =>
    Buffer.from(dataKey).toString(form as BufferEncoding),
  )
  for (const form of [...forms, Plaintext.slice(0, 20), Plaintext.slice(12, 32)]) {
    assert.ok(!snapshot.includes(form), form)
  }
})
