import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  ANY_CONTEXT,
  BranchKeyStore,
  Envelope,
  EnvelopeError,
  FileBranchKeyStorage,
  hierarchical,
} from '../../src/index.ts'
import type { BranchKeyRecord, BranchKeyStorage, KeyArn, Keyring } from '../../src/index.ts'
import { FileLock } from '../../src/node/file-lock.ts'
import { folder } from '../../../../tools/testing/folder.ts'
import { MemoryKms, refusal } from '../support/memory-kms.ts'
import { pattern } from '../support/messages.ts'

const context = { tenant: 't-17' }
const maxAgeMs = 60_000

const code = (expected: string) => (error: unknown) => error instanceof EnvelopeError && error.code === expected

interface Setting extends AsyncDisposable {
  kms: MemoryKms
  key: KeyArn
  storage: FileBranchKeyStorage
  store: BranchKeyStore
  files: Awaited<ReturnType<typeof folder>>
}

async function setting(): Promise<Setting> {
  const files = await folder()
  const kms = new MemoryKms()
  const key = kms.createKey()
  const storage = new FileBranchKeyStorage(files.path('branch-keys'))
  const store = new BranchKeyStore({ kms, key, name: 'tenants', storage })
  return { kms, key, storage, store, files, [Symbol.asyncDispose]: () => files[Symbol.asyncDispose]() }
}

async function crosses(writer: Keyring, reader: Keyring): Promise<void> {
  const message = await new Envelope({ keyring: writer }).encrypt(pattern(9), { context })
  assert.deepEqual(
    (await new Envelope({ keyring: reader }).decrypt(message, { expect: context })).plaintext,
    pattern(9),
  )
}

describe('a hierarchical keyring', () => {
  test('asks the KMS once for its branch key, whatever the number of messages', async () => {
    await using s = await setting()
    const branchKey = await s.store.createKey()
    s.kms.calls.length = 0
    const envelope = new Envelope({ keyring: hierarchical({ store: s.store, branchKey, maxAgeMs }) })
    const messages: Uint8Array[] = []
    for (let count = 0; count < 5; count++) messages.push(await envelope.encrypt(pattern(count), { context }))
    for (const [count, message] of messages.entries()) {
      assert.deepEqual((await envelope.decrypt(message, { expect: context })).plaintext, pattern(count))
    }
    assert.deepEqual(
      s.kms.calls.map(({ operation }) => operation),
      ['Decrypt', 'Decrypt'], // the active one, and the version that the messages name
    )
  })

  test('that is cold asks the KMS once for 100 messages at once, and again after a failure', async () => {
    await using s = await setting()
    const branchKey = await s.store.createKey()
    s.kms.calls.length = 0
    const envelope = new Envelope({ keyring: hierarchical({ store: s.store, branchKey, maxAgeMs }) })
    const encryptAll = (): Promise<PromiseSettledResult<Uint8Array>[]> =>
      Promise.allSettled(Array.from({ length: 100 }, () => envelope.encrypt(pattern(3), { context })))
    s.kms.failures.set(s.key, refusal('AccessDeniedException', 'Decrypt'))
    assert.ok((await encryptAll()).every(({ status }) => status === 'rejected'))
    assert.equal(s.kms.calls.length, 1)
    s.kms.failures.clear()
    assert.ok((await encryptAll()).every(({ status }) => status === 'fulfilled'))
    assert.equal(s.kms.calls.length, 2)
  })

  test('reads what an earlier version sealed, and writes with the newest', async () => {
    await using s = await setting()
    const branchKey = await s.store.createKey({ id: 'tenant/17', context: { department: 'sales' } })
    const make = (): Keyring => hierarchical({ store: s.store, branchKey, maxAgeMs })
    const before = (await s.store.activeKey(branchKey)).version
    const old = await new Envelope({ keyring: make() }).encrypt(pattern(9))
    await s.store.versionKey(branchKey)
    const after = (await s.store.activeKey(branchKey)).version
    assert.notEqual(before, after)
    assert.deepEqual((await new Envelope({ keyring: make() }).decrypt(old, { expect: {} })).plaintext, pattern(9))
    await crosses(make(), make())
    const { dataKey } = await s.store.keyOfVersion(branchKey, after)
    assert.deepEqual(dataKey.reveal(), (await s.store.activeKey(branchKey)).dataKey.reveal())
  })

  test('takes a branch key for each tenant, and opens nothing with another’s', async () => {
    await using s = await setting()
    const ids = { 't-17': await s.store.createKey(), 't-18': await s.store.createKey() } as Record<string, string>
    const branchKey = (pairs: Readonly<Record<string, string>>): string => ids[pairs['tenant']!]!
    const keyring = hierarchical({ store: s.store, branchKey, maxAgeMs })
    await crosses(keyring, keyring)
    await crosses(keyring, hierarchical({ store: s.store, branchKey: ids['t-17']!, maxAgeMs }))
    const message = await new Envelope({ keyring }).encrypt(pattern(9), { context })
    const other = new Envelope({ keyring: hierarchical({ store: s.store, branchKey: ids['t-18']!, maxAgeMs }) })
    await assert.rejects(other.decrypt(message, { expect: ANY_CONTEXT }), (error) => {
      assert.ok(error instanceof EnvelopeError)
      assert.deepEqual([error.attempts[0]?.key, error.attempts[0]?.tried], [ids['t-17'], false])
      return true
    })
  })

  test('binds the data key to branch key, version and context: every changed byte is refused', async () => {
    await using s = await setting()
    const branchKey = await s.store.createKey()
    const keyring = hierarchical({ store: s.store, branchKey, maxAgeMs })
    const { encryptedDataKeys } = await keyring.onEncrypt({ context, dataKeyBytes: 16 })
    const [whole] = encryptedDataKeys as [(typeof encryptedDataKeys)[0]]
    assert.equal(whole.providerId, 'aws-kms-hierarchy')
    assert.equal(whole.ciphertext.length, 16 + 12 + 16 + 16 + 16)
    const open = async (ciphertext: Uint8Array, pairs = context): Promise<unknown> => {
      const request = { context: pairs, dataKeyBytes: 16, encryptedDataKeys: [{ ...whole, ciphertext }] }
      return (await keyring.onDecrypt(request)).dataKey
    }
    assert.ok(await open(whole.ciphertext))
    assert.equal(await open(whole.ciphertext, { tenant: 't-18' }), undefined)
    for (let index = 0; index < whole.ciphertext.length; index++) {
      const changed = new Uint8Array(whole.ciphertext)
      changed[index]! ^= 1
      assert.equal(await open(changed), undefined, `byte ${index}`)
      assert.equal(await open(whole.ciphertext.subarray(0, index)), undefined, `cut at ${index}`)
    }
  })

  test('says why a branch key does not open', async () => {
    await using s = await setting()
    const branchKey = await s.store.createKey()
    const make = (): Envelope => new Envelope({ keyring: hierarchical({ store: s.store, branchKey, maxAgeMs }) })
    const message = await make().encrypt(pattern(9))
    s.kms.failures.set(s.key, refusal('AccessDeniedException', 'Decrypt'))
    await assert.rejects(make().decrypt(message, { expect: ANY_CONTEXT }), /AccessDeniedException/)
    await assert.rejects(make().encrypt(pattern(9)), { code: 'AccessDeniedException' })
  })

  test('needs an age', () => {
    const store = {} as BranchKeyStore
    for (const age of [0, Number.NaN]) {
      assert.throws(() => hierarchical({ store, branchKey: 'x', maxAgeMs: age }), code('INVALID_ARGUMENT'))
    }
  })
})

describe('a branch key store', () => {
  test('holds records as the specification has them: two of each version that is active, and a beacon key', async () => {
    await using s = await setting()
    const id = await s.store.createKey({ id: 'tenant/17', context: { department: 'sales' } })
    const active = (await s.storage.get(id, 'branch:ACTIVE'))!
    const version = (await s.storage.get(id, active.version!))!
    const beacon = (await s.storage.get(id, 'beacon:ACTIVE'))!
    for (const record of [active, version, beacon]) {
      assert.equal(record['branch-key-id'], id)
      assert.equal(record['kms-arn'], s.key)
      assert.equal(record['hierarchy-version'], '1')
      assert.match(record['create-time'], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
      assert.equal(record['aws-crypto-ec:department'], 'sales')
    }
    assert.match(active.version!, /^branch:version:[0-9a-f-]{36}$/)
    assert.deepEqual([version.version, beacon.version], [undefined, undefined])
  })

  test('believes nothing in a record that KMS does not authenticate', async () => {
    await using s = await setting()
    const id = await s.store.createKey({ id: 'tenant/17', context: { department: 'sales' } })
    const active = (await s.storage.get(id, 'branch:ACTIVE'))!
    const stored = (record: BranchKeyRecord): BranchKeyStore => {
      const nothing = (): Promise<void> => Promise.resolve()
      const storage: BranchKeyStorage = { get: () => Promise.resolve(record), create: nothing, addVersion: nothing }
      return new BranchKeyStore({ kms: s.kms, key: s.key, name: 'tenants', storage })
    }
    await stored(active).activeKey(id)
    for (const change of [
      { 'create-time': '2020-01-01T00:00:00.000000Z' },
      { 'hierarchy-version': '2' },
      { 'aws-crypto-ec:department': 'finance' },
      { 'aws-crypto-ec:more': 'x' },
      { version: `branch:version:${crypto.randomUUID()}` },
      { enc: pattern(60) },
    ] as Partial<BranchKeyRecord>[]) {
      const changed = { ...active, ...change } as BranchKeyRecord
      await assert.rejects(stored(changed).activeKey(id), { code: 'InvalidCiphertextException' })
      await assert.rejects(stored(changed).versionKey(id), { code: 'InvalidCiphertextException' })
    }
    for (const change of [
      { 'kms-arn': 'arn:other' },
      { type: 'beacon:ACTIVE' },
      { 'branch-key-id': 'x' },
      { version: 'x' },
    ]) {
      await assert.rejects(stored({ ...active, ...change }).activeKey(id), code('INVALID_DATA_KEY'))
    }
    const elsewhere = new BranchKeyStore({ kms: s.kms, key: s.key, name: 'other', storage: s.storage })
    await assert.rejects(elsewhere.activeKey(id), { code: 'InvalidCiphertextException' })
  })

  test('makes no branch key twice, and no version that another has overtaken', async () => {
    await using s = await setting()
    const options = { id: 'tenant/17', context: { department: 'sales' } }
    const id = await s.store.createKey(options)
    await assert.rejects(s.store.createKey(options), code('CONFLICT'))
    const active = (await s.storage.get(id, 'branch:ACTIVE'))!
    await s.store.versionKey(id)
    await assert.rejects(s.storage.addVersion(active, active, active), code('CONFLICT'))
    await assert.rejects(s.store.versionKey('unknown'), code('INVALID_DATA_KEY'))
    await assert.rejects(s.store.createKey({ id: 'x' }), code('INVALID_ARGUMENT'))
  })

  test('in files waits while another change is being made, and refuses damaged ones', async () => {
    await using s = await setting()
    const id = await s.store.createKey()
    const [name] = (await import('node:fs')).readdirSync(s.files.path('branch-keys'))
    const path = s.files.path(`branch-keys/${name}`)
    const lock = await FileLock.acquire(path)
    const versioning = s.store.versionKey(id)
    assert.equal(await Promise.race([versioning, sleep(50, 'waiting')]), 'waiting')
    await lock[Symbol.asyncDispose]()
    await versioning
    const good = await readFile(path, 'utf8')
    for (const content of ['', '{}', '[1]', '[{"enc": 1}]', good.replace(/"enc": "./, '"enc": "*')]) {
      await writeFile(path, content)
      await assert.rejects(s.store.activeKey(id), code('INVALID_DATA_KEY'), content.slice(0, 20))
    }
  })
})
