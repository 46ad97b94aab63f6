import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ANY_CONTEXT, Envelope, EnvelopeError } from '../../src/index.ts'
import type { Kms, KeyArn } from '../../src/index.ts'
import { KmsDiscoveryKeyring } from '../../src/keyrings/kms-discovery-keyring.ts'
import { KmsKeyring } from '../../src/keyrings/kms-keyring.ts'
import { MemoryKms, refusal } from '../support/memory-kms.ts'
import { pattern } from '../support/messages.ts'

const context = { tenant: 't-17' }
const plaintext = pattern(100)

function over(kms: Kms, generator: KeyArn, keys: readonly KeyArn[] = []): Envelope {
  return new Envelope({ keyring: new KmsKeyring({ kms, generator, keys }) })
}

describe('the KMS keyring', () => {
  test('has one key make the data key and every further key encrypt it, each in its own region', async () => {
    const kms = new MemoryKms()
    const [a, b, c] = [kms.createKey(), kms.createKey('111122223333', 'us-east-1'), kms.createKey()]
    const message = await over(kms, a, [b, c]).encrypt(plaintext, { context })
    assert.deepEqual(kms.calls, [
      { operation: 'GenerateDataKey', keyId: a, region: 'eu-central-1' },
      { operation: 'Encrypt', keyId: b, region: 'us-east-1' },
      { operation: 'Encrypt', keyId: c, region: 'eu-central-1' },
    ])
    for (const key of [a, b, c]) {
      const { header, plaintext: read } = await over(kms, key).decrypt(message, { expect: context })
      assert.deepEqual(read, plaintext)
      const named = header.encryptedDataKeys.map(({ providerId, providerInfo }) => [
        providerId,
        String(Buffer.from(providerInfo)),
      ])
      assert.deepEqual(named, [['aws-kms', a], ['aws-kms', b], ['aws-kms', c]]) // prettier-ignore
    }
  })

  test('asks only the keys that it was given', async () => {
    const kms = new MemoryKms()
    const [a, b, stranger] = [kms.createKey(), kms.createKey(), kms.createKey()]
    const message = await over(kms, a, [b]).encrypt(plaintext)
    kms.calls.length = 0
    await assert.rejects(over(kms, stranger).decrypt(message, { expect: ANY_CONTEXT }), (error) => {
      assert.ok(error instanceof EnvelopeError)
      assert.equal(error.code, 'NO_KEY_OPENS')
      assert.deepEqual(
        error.attempts,
        [a, b].map((key) => ({
          provider: 'aws-kms',
          key,
          tried: false,
          reason: 'it is not among the keys that were given.',
        })),
      )
      return true
    })
    assert.deepEqual(kms.calls, [])
  })

  test('goes on to the next encrypted data key when one does not open, and says why each did not', async () => {
    const kms = new MemoryKms()
    const [a, b] = [kms.createKey(), kms.createKey()]
    const envelope = over(kms, a, [b])
    const message = await envelope.encrypt(plaintext)
    const denied = refusal('AccessDeniedException', 'Decrypt')
    kms.failures.set(a, denied)
    assert.deepEqual((await envelope.decrypt(message, { expect: ANY_CONTEXT })).plaintext, plaintext)
    kms.failures.set(b, new Error('broken'))
    await assert.rejects(envelope.decrypt(message, { expect: ANY_CONTEXT }), (error) => {
      assert.ok(error instanceof EnvelopeError)
      const [first, second] = error.attempts
      assert.deepEqual(first, {
        provider: 'aws-kms',
        key: a,
        tried: true,
        reason: 'AccessDeniedException.',
        cause: denied,
      })
      assert.equal(second?.reason, 'Error: broken')
      assert.match(error.message, /AccessDeniedException.*broken/)
      return true
    })
  })

  test('leaves no data key behind when a further key cannot encrypt it', async () => {
    const kms = new MemoryKms()
    const [a, b, c] = [kms.createKey(), kms.createKey(), kms.createKey()]
    kms.failures.set(b, refusal('DisabledException', 'Encrypt'))
    await assert.rejects(over(kms, a, [b, c]).encrypt(plaintext), { code: 'DisabledException' })
    assert.equal(kms.calls.length, 3)
    for (const secret of kms.secrets) assert.ok(secret.reveal().every((byte) => byte === 0))
  })

  test('refuses a context that was changed in the header', async () => {
    const kms = new MemoryKms()
    const envelope = over(kms, kms.createKey())
    const message = Buffer.from(await envelope.encrypt(plaintext, { context }))
    message.write('t-18', message.indexOf('t-17'))
    await assert.rejects(envelope.decrypt(message, { expect: ANY_CONTEXT }), (error) => {
      assert.ok(error instanceof EnvelopeError)
      assert.deepEqual([error.code, error.attempts.length], ['NO_KEY_OPENS', 1])
      return true
    })
  })

  test('takes no answer of another key', async () => {
    const inner = new MemoryKms()
    const [a, b] = [inner.createKey(), inner.createKey()]
    const message = await over(inner, a).encrypt(plaintext)
    const lying: Kms = {
      call: async (operation, input, options) => ({ ...(await inner.call(operation, input, options)), KeyId: b }),
    }
    await assert.rejects(over(lying, a).encrypt(plaintext), { code: 'INVALID_DATA_KEY' })
    await assert.rejects(over(lying, a).decrypt(message, { expect: ANY_CONTEXT }), { code: 'NO_KEY_OPENS' })
    for (const secret of inner.secrets) assert.ok(secret.reveal().every((byte) => byte === 0))
  })

  test('refuses names that are not ARNs of keys', () => {
    const kms = new MemoryKms()
    const alias = 'arn:aws:kms:eu-central-1:111122223333:alias/app' as KeyArn
    assert.throws(() => over(kms, alias), { code: 'INVALID_ARGUMENT' })
    assert.throws(() => over(kms, kms.createKey(), [alias]), { code: 'INVALID_ARGUMENT' })
  })

  test('stops at an aborted signal instead of trying the next key', async () => {
    const kms = new MemoryKms()
    const [a, b] = [kms.createKey(), kms.createKey()]
    const envelope = over(kms, a, [b])
    const message = await envelope.encrypt(plaintext)
    kms.calls.length = 0
    const stop = new AbortController()
    kms.failures.set(a, refusal('ThrottlingException', 'Decrypt'))
    stop.abort(new Error('stopped'))
    await assert.rejects(envelope.decrypt(message, { expect: ANY_CONTEXT, signal: stop.signal }), /stopped/)
    assert.deepEqual(
      kms.calls.map(({ keyId }) => keyId),
      [a],
    )
  })
})

describe('the discovery keyring', () => {
  const filter = { accounts: ['111122223333'], partition: 'aws' }

  test('opens what any key of the account wrapped, and asks no key of another account or partition', async () => {
    const kms = new MemoryKms()
    const [ours, theirs] = [kms.createKey(), kms.createKey('999988887777')]
    const discovering = new Envelope({ keyring: new KmsDiscoveryKeyring({ kms, ...filter }) })
    const message = await over(kms, theirs, [ours]).encrypt(plaintext)
    kms.calls.length = 0
    assert.deepEqual((await discovering.decrypt(message, { expect: ANY_CONTEXT })).plaintext, plaintext)
    assert.deepEqual(
      kms.calls.map(({ keyId }) => keyId),
      [ours],
    )

    const foreign = await over(kms, theirs).encrypt(plaintext)
    kms.calls.length = 0
    await assert.rejects(discovering.decrypt(foreign, { expect: ANY_CONTEXT }), { code: 'NO_KEY_OPENS' })
    const china = new Envelope({ keyring: new KmsDiscoveryKeyring({ kms, ...filter, partition: 'aws-cn' }) })
    await assert.rejects(china.decrypt(message, { expect: ANY_CONTEXT }), { code: 'NO_KEY_OPENS' })
    assert.deepEqual(kms.calls, [])
  })

  test('cannot encrypt', async () => {
    const keyring = new KmsDiscoveryKeyring({ kms: new MemoryKms(), ...filter })
    await assert.rejects(new Envelope({ keyring }).encrypt(plaintext), { code: 'INVALID_ARGUMENT' })
  })
})

describe('multi-Region keys', () => {
  const seal = async (kms: Kms, key: KeyArn): Promise<Uint8Array> => over(kms, key).encrypt(plaintext, { context })

  test('open in their own region what a replica sealed, when they are named as such', async () => {
    const kms = new MemoryKms()
    const [primary, replica] = kms.createReplicas('us-east-1')
    const message = await seal(kms, primary)
    kms.calls.length = 0
    const keyring = new KmsKeyring({ kms, generator: replica, multiRegion: true })
    assert.deepEqual((await new Envelope({ keyring }).decrypt(message, { expect: context })).plaintext, plaintext)
    assert.deepEqual(kms.calls, [{ operation: 'Decrypt', keyId: replica, region: 'us-east-1' }])
    await assert.rejects(over(kms, replica).decrypt(message, { expect: context }), { code: 'NO_KEY_OPENS' })
  })

  test('are not taken for a key of another account or partition, nor any key for its namesake elsewhere', async () => {
    const kms = new MemoryKms()
    const [primary] = kms.createReplicas('us-east-1')
    const single = kms.createKey()
    for (const [named, given] of [
      [primary, primary.replace('111122223333', '999988887777')],
      [primary, primary.replace('arn:aws:', 'arn:aws-cn:')],
      [single, single.replace('eu-central-1', 'us-east-1')],
    ] as [KeyArn, KeyArn][]) {
      const message = await seal(kms, named)
      kms.calls.length = 0
      const keyring = new KmsKeyring({ kms, generator: given, multiRegion: true })
      await assert.rejects(new Envelope({ keyring }).decrypt(message, { expect: context }), { code: 'NO_KEY_OPENS' })
      assert.deepEqual(kms.calls, [])
    }
  })

  test('are discovered in the region of the reader, and single keys only there', async () => {
    const kms = new MemoryKms()
    const [primary, replica] = kms.createReplicas('us-east-1')
    const multiRegion = { region: 'us-east-1' }
    const keyring = new KmsDiscoveryKeyring({ kms, accounts: ['111122223333'], partition: 'aws', multiRegion })
    const reader = new Envelope({ keyring })
    const message = await seal(kms, primary)
    kms.calls.length = 0
    assert.deepEqual((await reader.decrypt(message, { expect: context })).plaintext, plaintext)
    assert.deepEqual(kms.calls, [{ operation: 'Decrypt', keyId: replica, region: 'us-east-1' }])

    const near = await seal(kms, kms.createKey('111122223333', 'us-east-1'))
    assert.deepEqual((await reader.decrypt(near, { expect: context })).plaintext, plaintext)
    const far = await seal(kms, kms.createKey())
    kms.calls.length = 0
    await assert.rejects(reader.decrypt(far, { expect: context }), /not in the region us-east-1/)
    assert.deepEqual(kms.calls, [])
  })
})

test('a discovery keyring needs an account', () => {
  const options = { kms: new MemoryKms(), accounts: [], partition: 'aws' }
  assert.throws(() => new KmsDiscoveryKeyring(options), { code: 'INVALID_ARGUMENT' })
})
