import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { chmod, readFile, stat, writeFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import {
  ANY_CONTEXT,
  anyOf,
  createKeyFile,
  Envelope,
  EnvelopeError,
  keyNames,
  openKeyFile,
  rawAes,
  rawRsa,
  readKeyFile,
  rewrapKeyFile,
} from '../../src/index.ts'
import { KmsKeyring } from '../../src/keyrings/kms-keyring.ts'
import type { Kms } from '../../src/kms/kms.ts'
import { folder } from '../../../../tools/testing/folder.ts'
import { MemoryKms, refusal } from '../support/memory-kms.ts'
import { pattern } from '../support/messages.ts'

const code = (expected: string) => (error: unknown) => error instanceof EnvelopeError && error.code === expected
/** The account that a {@link MemoryKms} makes keys in. */
const OWN = { accounts: ['111122223333'], partition: 'aws' }
const local = rawAes({ namespace: 'n', name: 'k', wrappingKey: pattern(32) })

describe('a key file', () => {
  test('lets any number of messages be written and read with one call to the KMS', async () => {
    await using files = await folder()
    const kms = new MemoryKms()
    const keyring = new KmsKeyring({ kms, generator: kms.createKey() })
    await createKeyFile(files.path('key'), { keyring })
    kms.calls.length = 0
    const envelope = new Envelope({ keyring: await openKeyFile(files.path('key'), { keyring }) })
    for (let message = 0; message < 3; message++) {
      const sealed = await envelope.encrypt(pattern(message), { context: { tenant: 't-17' } })
      assert.deepEqual((await envelope.decrypt(sealed, { expect: { tenant: 't-17' } })).plaintext, pattern(message))
    }
    assert.deepEqual(
      kms.calls.map(({ operation }) => operation),
      ['Decrypt'],
    )
    for (const secret of kms.secrets) assert.ok(secret.reveal().every((byte) => byte === 0))
  })

  test('is opened by any of its keys, named in it, and is the owner’s alone', async () => {
    await using files = await folder()
    const kms = new MemoryKms()
    const [a, b] = [kms.createKey(), kms.createKey()]
    const both = new KmsKeyring({ kms, generator: a, keys: [b] })
    const made = await createKeyFile(files.path('key'), { keyring: both })
    assert.deepEqual(keyNames(made), [a, b])
    const stored = await readKeyFile(files.path('key'))
    assert.deepEqual([stored.id, keyNames(stored)], [made.id, [a, b]])
    const message = await new Envelope({ keyring: await openKeyFile(files.path('key'), { keyring: both }) }).encrypt(
      pattern(9),
    )
    for (const generator of [a, b]) {
      const keyring = await openKeyFile(files.path('key'), { keyring: new KmsKeyring({ kms, generator }) })
      const { plaintext, header } = await new Envelope({ keyring }).decrypt(message, { expect: ANY_CONTEXT })
      assert.deepEqual(plaintext, pattern(9))
      assert.equal(header.encryptedDataKeys[0]?.providerId, 'keyhold-key-file')
    }
    if (process.platform !== 'win32') assert.equal((await stat(files.path('key'))).mode & 0o777, 0o600)
  })

  test('says of each key why it does not open', async () => {
    await using files = await folder()
    const kms = new MemoryKms()
    const generator = kms.createKey()
    const keyring = new KmsKeyring({ kms, generator })
    await createKeyFile(files.path('key'), { keyring })
    kms.failures.set(generator, refusal('AccessDeniedException', 'Decrypt'))
    await assert.rejects(openKeyFile(files.path('key'), { keyring }), (error) => {
      assert.ok(error instanceof EnvelopeError)
      assert.deepEqual([error.code, error.attempts[0]?.key], ['NO_KEY_OPENS', generator])
      return true
    })
  })

  test('is never written over', async () => {
    await using files = await folder()
    await writeFile(files.path('key'), 'precious')
    await assert.rejects(createKeyFile(files.path('key'), { keyring: local }), { code: 'EEXIST' })
    assert.equal(await readFile(files.path('key'), 'utf8'), 'precious')
  })

  test('whose seal was moved from another file, or whose key was exchanged, does not open', async () => {
    await using files = await folder()
    for (const name of ['one', 'two']) await createKeyFile(files.path(name), { keyring: local })
    const [one, two] = await Promise.all(['one', 'two'].map(async (name) => read(files.path(name))))
    const other = await local.onEncrypt({ context: { 'keyhold-key-file': one!.id }, dataKeyBytes: 32 })
    const [exchanged] = other.encryptedDataKeys
    const seal = {
      provider: 'n',
      key: Buffer.from(exchanged!.providerInfo).toString('base64'),
      ciphertext: Buffer.from(exchanged!.ciphertext).toString('base64'),
    }
    for (const [content, problem] of [
      [{ ...one, sealed: two!.sealed }, 'NO_KEY_OPENS'],
      [{ ...one, id: two!.id }, 'NO_KEY_OPENS'],
      [{ ...one, commitment: two!.commitment }, 'NOT_AUTHENTIC'],
      [{ ...one, sealed: [seal] }, 'NOT_AUTHENTIC'],
    ] as const) {
      await writeFile(files.path('mixed'), JSON.stringify(content))
      await assert.rejects(openKeyFile(files.path('mixed'), { keyring: local }), code(problem))
    }
  })

  test('may begin with a byte-order mark', async () => {
    await using files = await folder()
    await createKeyFile(files.path('key'), { keyring: local })
    const json = await read(files.path('key'))
    await writeFile(files.path('marked'), `\uFEFF${JSON.stringify(json)}`)
    assert.equal((await readKeyFile(files.path('marked'))).id, json.id)
    await writeFile(files.path('marked'), `\uFEFF\uFEFF${JSON.stringify(json)}`)
    await assert.rejects(readKeyFile(files.path('marked')), code('MALFORMED_KEY_FILE'))
  })

  test('in any other form is refused', async () => {
    await using files = await folder()
    await createKeyFile(files.path('key'), { keyring: local })
    const json = await read(files.path('key'))
    const [seal] = json.sealed
    for (const content of [
      '',
      'null',
      '[]',
      '{',
      JSON.stringify({ ...json, format: 'keyhold-key-file/2' }),
      JSON.stringify({ ...json, id: 'X' }),
      JSON.stringify({ ...json, id: 7 }),
      JSON.stringify({ ...json, more: 1 }),
      JSON.stringify({ ...json, commitment: 'AAAA' }),
      JSON.stringify({ ...json, commitment: undefined }),
      JSON.stringify({ ...json, sealed: [] }),
      JSON.stringify({ ...json, sealed: {} }),
      JSON.stringify({ ...json, sealed: ['x'] }),
      JSON.stringify({ ...json, sealed: [{ ...seal, ciphertext: 'x' }] }),
      JSON.stringify({ ...json, sealed: [{ ...seal, note: '' }] }),
    ]) {
      await writeFile(files.path('bad'), content)
      await assert.rejects(readKeyFile(files.path('bad')), code('MALFORMED_KEY_FILE'), content)
    }
    await writeFile(files.path('bad'), 'x'.repeat(2 ** 20 + 1))
    await assert.rejects(readKeyFile(files.path('bad')), code('LIMIT_EXCEEDED'))
  })
})

interface Json {
  id: string
  commitment: string
  sealed: { provider: string; key: string; ciphertext: string }[]
}

async function read(path: string): Promise<Json> {
  return JSON.parse(await readFile(path, 'utf8')) as Json
}

describe('rewrapping a key file', () => {
  test('moves it to another key by ReEncrypt, without its key ever leaving the KMS; messages still open', async () => {
    await using files = await folder()
    const kms = new MemoryKms()
    const [a, b] = [kms.createKey(), kms.createKey()]
    const keyring = new KmsKeyring({ kms, generator: a })
    await createKeyFile(files.path('key'), { keyring })
    const message = await new Envelope({ keyring: await openKeyFile(files.path('key'), { keyring }) }).encrypt(
      pattern(9),
    )
    kms.calls.length = 0
    const file = await rewrapKeyFile(files.path('key'), { kms, from: [a], add: [b], remove: [a] })
    assert.deepEqual(kms.calls.map(({ operation }) => operation), ['ReEncrypt']) // prettier-ignore
    assert.deepEqual(keyNames(file), [b])
    const moved = await openKeyFile(files.path('key'), { keyring: new KmsKeyring({ kms, generator: b }) })
    const { plaintext } = await new Envelope({ keyring: moved }).decrypt(message, { expect: ANY_CONTEXT })
    assert.deepEqual(plaintext, pattern(9))
    await assert.rejects(openKeyFile(files.path('key'), { keyring }), code('NO_KEY_OPENS'))
    assert.deepEqual(await files.names(), ['key'])
  })

  test('tries each of its KMS keys, and says why none could be re-encrypted', async () => {
    await using files = await folder()
    const kms = new MemoryKms()
    const [a, b, far, c] = [kms.createKey(), kms.createKey(), kms.createKey(undefined, 'us-east-1'), kms.createKey()]
    const keyring = anyOf(local, new KmsKeyring({ kms, generator: far, keys: [a, b] }))
    await createKeyFile(files.path('key'), { keyring })
    kms.failures.set(a, refusal('AccessDeniedException', 'ReEncrypt'))
    assert.equal(keyNames(await rewrapKeyFile(files.path('key'), { kms, from: OWN, add: [c] })).at(-1), c)
    const before = await readFile(files.path('key'), 'utf8')
    kms.failures.set(b, refusal('DisabledException', 'ReEncrypt'))
    kms.failures.set(c, refusal('DisabledException', 'ReEncrypt'))
    await assert.rejects(rewrapKeyFile(files.path('key'), { kms, from: OWN, add: [kms.createKey()] }), (error) => {
      assert.ok(error instanceof EnvelopeError)
      assert.deepEqual(
        error.attempts.map(({ key, tried }) => [key === far || key.startsWith('k') ? 'skipped' : key, tried]),
        [['skipped', false], ['skipped', false], [a, true], [b, true], [c, true]], // prettier-ignore
      )
      return true
    })
    assert.equal(await readFile(files.path('key'), 'utf8'), before)
  })

  test('seals under any keyring what another opens', async () => {
    await using files = await folder()
    await createKeyFile(files.path('key'), { keyring: local })
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const rsa = rawRsa({ namespace: 'n', name: 'escrow', padding: 'OAEP_SHA256_MGF1', ...pair })
    const file = await rewrapKeyFile(files.path('key'), { open: local, add: [rsa] })
    assert.deepEqual([file.sealed.length, keyNames(file)[1]], [2, 'escrow'])
    await openKeyFile(files.path('key'), { keyring: rsa })
    await openKeyFile(files.path('key'), { keyring: local })
  })

  test('leaves no file that nothing opens, and removes only what is there', async () => {
    await using files = await folder()
    const kms = new MemoryKms()
    const [a, b] = [kms.createKey(), kms.createKey()]
    await createKeyFile(files.path('key'), { keyring: new KmsKeyring({ kms, generator: a }) })
    for (const options of [{ remove: [a] }, { remove: [b] }, { add: [b] }, { kms, add: [b] }, { add: [local] }]) {
      await assert.rejects(rewrapKeyFile(files.path('key'), options), code('INVALID_ARGUMENT'))
    }
    assert.deepEqual(keyNames(await readKeyFile(files.path('key'))), [a])
  })

  test('does not make a stranger’s wrapping key one’s own', async () => {
    await using files = await folder()
    const kms = new MemoryKms()
    const [mine, theirs] = [kms.createKey(), kms.createKey('999988887777')]
    await createKeyFile(files.path('key'), { keyring: new KmsKeyring({ kms, generator: theirs }) })
    kms.calls.length = 0
    for (const [from, reason] of [
      [OWN, /it is outside account 111122223333/],
      [[mine], /not among the keys/],
    ] as const) {
      await assert.rejects(rewrapKeyFile(files.path('key'), { kms, from, add: [mine] }), (error) => {
        assert.ok(error instanceof EnvelopeError)
        assert.deepEqual([error.code, error.attempts[0]?.tried], ['NO_KEY_OPENS', false])
        assert.match(error.message, reason)
        return true
      })
    }
    assert.deepEqual(kms.calls, [])
  })

  test('seals under a KMS key of another region by opening it, if that is allowed', async () => {
    await using files = await folder()
    const kms = new MemoryKms()
    const [near, far] = [kms.createKey(), kms.createKey(undefined, 'us-east-1')]
    const open = new KmsKeyring({ kms, generator: near })
    await createKeyFile(files.path('key'), { keyring: open })
    const options = { kms, from: OWN, add: [far] }
    await assert.rejects(rewrapKeyFile(files.path('key'), options), code('NO_KEY_OPENS'))
    kms.calls.length = 0
    assert.deepEqual(keyNames(await rewrapKeyFile(files.path('key'), { ...options, open })), [near, far])
    assert.deepEqual(kms.calls.map(({ operation }) => operation), ['Decrypt', 'Encrypt']) // prettier-ignore
    await openKeyFile(files.path('key'), { keyring: new KmsKeyring({ kms, generator: far }) })
  })

  test('keeps the file’s permissions', { skip: process.platform === 'win32' }, async () => {
    await using files = await folder()
    const kms = new MemoryKms()
    const [a, b] = [kms.createKey(), kms.createKey()]
    await createKeyFile(files.path('key'), { keyring: new KmsKeyring({ kms, generator: a }) })
    await chmod(files.path('key'), 0o640)
    await rewrapKeyFile(files.path('key'), { kms, from: OWN, add: [b] })
    assert.equal((await stat(files.path('key'))).mode & 0o777, 0o640)
  })

  test('does not restore a key that was removed meanwhile', async () => {
    await using files = await folder()
    const kms = new MemoryKms()
    const [a, b, c] = [kms.createKey(), kms.createKey(), kms.createKey()]
    await createKeyFile(files.path('key'), { keyring: new KmsKeyring({ kms, generator: a, keys: [b] }) })
    await rewrapKeyFile(files.path('key'), { remove: [b] })
    const without = await readFile(files.path('key'))
    await createKeyFile(files.path('both'), { keyring: new KmsKeyring({ kms, generator: a, keys: [b] }) })
    await writeFile(files.path('key'), await readFile(files.path('both')))
    const slow: Kms = {
      call: async (...call) => {
        await writeFile(files.path('key'), without) // by a program that knows no lock
        return kms.call(...call)
      },
    }
    await assert.rejects(rewrapKeyFile(files.path('key'), { kms: slow, from: OWN, add: [c] }), code('CONFLICT'))
    assert.deepEqual(keyNames(await readKeyFile(files.path('key'))), [a])
    assert.deepEqual(await files.names(), ['both', 'key'])
  })

  test('takes no answer of another key', async () => {
    await using files = await folder()
    const kms = new MemoryKms()
    const [a, b] = [kms.createKey(), kms.createKey()]
    await createKeyFile(files.path('key'), { keyring: new KmsKeyring({ kms, generator: a }) })
    const lying = { call: () => Promise.resolve({ KeyId: a, CiphertextBlob: pattern(9) } as never) }
    await assert.rejects(rewrapKeyFile(files.path('key'), { kms: lying, from: OWN, add: [b] }), code('NO_KEY_OPENS'))
  })
})
