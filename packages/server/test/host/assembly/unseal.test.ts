import assert from 'node:assert/strict'
import { copyFileSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { doAdmin } from '../../../../../tools/testing/admin-deed.ts'
import { operator, type RunningService } from '../../../src/index.ts'
import { Vault } from './support/vault.ts'

const PASSPHRASE = 'correct horse battery staple'
const SECRET_MODE = { mode: 0o600 }

let vault: Vault
let other: Vault
let keyId: string
let wayIds: Readonly<Record<'passphrase' | 'shares', string>>
const shares: string[] = []
const ofOther: string[] = []

function passphraseFile(name: string): string {
  return join(vault.folder, '..', name)
}

function sharesInto(kept: string[]): Parameters<typeof operator.addRootWay>[1] {
  const deliver = async (made: readonly { line: string }[]): Promise<void> =>
    void kept.push(...made.map(({ line }) => line))
  return { kind: 'shares', name: 'kit', settings: { count: 3, threshold: 2, deliver } }
}

before(async () => {
  vault = await Vault.create()
  other = await Vault.create()
  const kit = await operator.addRootWay(vault.folder, sharesInto(shares))
  await operator.addRootWay(other.folder, sharesInto(ofOther))
  const newFile = passphraseFile('typed')
  writeFileSync(newFile, PASSPHRASE, SECRET_MODE)
  const typed = await operator.addRootWay(vault.folder, { kind: 'passphrase', name: 'typed', settings: { newFile } })
  wayIds = { passphrase: typed.id, shares: kit.id }
  await using server = await vault.serve()
  using client = vault.client(server)
  keyId = await client.createKey()
})
const away = (): string => `${vault.rootFile}.away`
afterEach(() => {
  if (existsSync(away())) renameSync(away(), vault.rootFile)
})
after(async () => {
  await vault[Symbol.asyncDispose]()
  await other[Symbol.asyncDispose]()
})

function socketOf({ folder }: Vault): string {
  return join(folder, 'admin.sock')
}

async function tell(path: string, body = '', at: Parameters<typeof doAdmin>[0] = socketOf(vault)): Promise<number> {
  return (await doAdmin(at, path, body)).status
}

async function works(server: RunningService): Promise<void> {
  using client = vault.client(server)
  assert.equal(await client.keyState(keyId), 'Enabled')
}

async function lastUnsealing(): Promise<object> {
  const events = (await vault.events()).filter(({ eventName }) => eventName === 'UnsealServer')
  return events.at(-1)?.requestParameters ?? {}
}

test('a server that an operator sealed opens by two of three shares, a passphrase, and a root file that is back', async () => {
  await using server = await vault.serve()
  assert.equal(await tell('/seal'), 200)
  renameSync(vault.rootFile, away())
  assert.equal(await tell('/unseal'), 202)
  assert.equal(await tell('/unseal/share', shares[2]), 202)
  assert.equal(await tell('/unseal/share', ofOther[0]), 403)
  assert.equal(await tell('/unseal/share', shares[2]), 202)
  assert.equal(await tell('/unseal/share', shares[0]), 200)
  await works(server)
  assert.equal(await tell('/seal'), 200)
  assert.equal(await tell('/unseal/share', shares[1]), 202) // none of the first time
  assert.equal(await tell('/unseal/passphrase', 'wrong horse battery staple'), 403)
  assert.equal(await tell('/unseal/passphrase', PASSPHRASE), 200)
  await works(server)
  assert.equal(await tell('/seal'), 200)
  assert.equal(await tell('/unseal/share', shares[0]), 202)
  renameSync(away(), vault.rootFile)
  assert.equal(await tell('/unseal'), 200)
  await works(server)
  await server.stop()
  const unsealed = (await vault.events()).filter(({ eventName }) => eventName === 'UnsealServer')
  assert.deepEqual(
    unsealed.slice(-3).map(({ requestParameters }) => {
      const { given, way } = requestParameters as { given: string; way?: string }
      return [given, way]
    }),
    [
      ['share', wayIds.shares],
      ['passphrase', wayIds.passphrase],
      ['nothing', undefined],
    ],
  )
  assert.deepEqual((await vault.verify()).problems, [])
})

test('the log says what opened the root, and not only what was given meanwhile', async () => {
  renameSync(vault.rootFile, away())
  await using server = await vault.serve()
  renameSync(away(), vault.rootFile)
  assert.equal(await tell('/unseal/passphrase', 'wrong horse battery staple'), 200)
  await server.stop()
  const { given, way } = (await lastUnsealing()) as { given: string; way?: string }
  assert.deepEqual([given, way], ['passphrase', undefined])
})

test('a passphrase that is given goes before a file that has another', async () => {
  const wrong = passphraseFile('wrong')
  writeFileSync(wrong, 'another horse battery staple', SECRET_MODE)
  renameSync(vault.rootFile, away())
  await using server = await vault.serve({ answers: { passphraseFile: wrong } })
  assert.equal(await tell('/unseal/share', shares[1]), 202) // the wrong passphrase says nothing of it
  assert.equal(await tell('/unseal/share', shares[0]), 200)
  assert.equal(await tell('/seal'), 200)
  assert.equal(await tell('/unseal/passphrase', PASSPHRASE), 200)
  await works(server)
})

test('with an address it is sealed over the socket in its folder, and shares from both count together', async () => {
  renameSync(vault.rootFile, away())
  await using server = await vault.serve({ admin: { host: '127.0.0.1', port: 0 } })
  const { hostname: host, port } = new URL(server.admin ?? '')
  const address = { host, port: Number(port) }
  assert.equal(await tell('/unseal/share', shares[0], address), 202)
  assert.equal(await tell('/unseal/share', shares[1]), 200)
  assert.equal(await tell('/seal', '', address), 403)
  assert.equal(await tell('/seal'), 200)
  assert.equal(await tell('/unseal/passphrase', PASSPHRASE, address), 403)
  await server.stop()
  assert.ok(!existsSync(socketOf(vault)))
})

test('attack: a stranger on the machine has nothing opened by what needs no person, or by what is configured', async () => {
  const configured = passphraseFile('configured')
  for (const path of ['/unseal/passphrase', '/unseal/share']) {
    renameSync(vault.rootFile, away())
    const settings = { admin: { host: '127.0.0.1', port: 0 }, answers: { passphraseFile: configured } }
    await using server = await vault.serve(settings)
    const { hostname: host, port } = new URL(server.admin ?? '')
    const opened = new Promise<void>((resolve) => server.onSeal(({ state }) => state === 'open' && resolve()))
    // Both would open it now.
    copyFileSync(passphraseFile('typed'), configured)
    renameSync(away(), vault.rootFile)
    await tell(path, 'a guess of theirs', { host, port: Number(port) })
    await opened
    await server.stop()
    assert.partialDeepStrictEqual(await lastUnsealing(), { given: 'nothing' })
    rmSync(configured)
  }
})

test('a server that fails to start as its root is not there opens nothing later', async () => {
  renameSync(vault.rootFile, away())
  await assert.rejects(vault.serve({ requireOpen: true }), { code: 'missing' })
  renameSync(away(), vault.rootFile)
  await setTimeout(1500)
  assert.ok(!process.getActiveResourcesInfo().includes('MessagePort'))
})
