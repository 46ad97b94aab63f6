import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { RootError } from '../../../../src/vault/root/root-error.ts'
import { credentialKind } from '../../../../src/vault/root/ways/credential.ts'
import { type FolderOfWays, folderOfWays } from '../../../support/ways.ts'
import { needs } from '../../../../../../tools/testing/needs.ts'

const NEEDS = { skip: needs('systemd-creds') }
const settings = { credential: 'keyhold.root', file: '../root.cred', key: 'host' }
const VARIABLES = ['SYSTEMD_CREDENTIAL_SECRET', 'CREDENTIALS_DIRECTORY'] as const
const kept = VARIABLES.map((name) => process.env[name])
let machine: FolderOfWays

/** A key of a machine of its own: what systemd-creds keeps in /var/lib/systemd otherwise. */
before(async () => {
  machine = await folderOfWays()
  process.env['SYSTEMD_CREDENTIAL_SECRET'] = machine.beside('secret')
  delete process.env['CREDENTIALS_DIRECTORY']
})

after(async () => {
  for (const [index, name] of VARIABLES.entries()) {
    if (kept[index] === undefined) delete process.env[name]
    else process.env[name] = kept[index]
  }
  await machine[Symbol.asyncDispose]()
})

test('a credential that systemd-creds encrypted opens the root, in a service and beside it', NEEDS, async () => {
  await using there = await folderOfWays()
  await there.add({ kind: credentialKind, settings, name: 'machine' })
  const sealed = await readFile(there.beside('root.cred'), 'latin1')
  assert.ok(!sealed.includes('AGE-SECRET-KEY'))
  assert.equal((await there.open()).id, there.root.id)
  // What systemd does for a unit with LoadCredentialEncrypted=.
  await mkdir(there.beside('credentials'))
  const plain = spawnSync('systemd-creds', ['decrypt', '--name=keyhold.root', there.beside('root.cred'), '-'])
  assert.equal(plain.status, 0, plain.stderr.toString())
  await writeFile(there.beside('credentials/keyhold.root'), plain.stdout, { mode: 0o400 })
  await rename(there.beside('root.cred'), there.beside('away'))
  await assert.rejects(there.open(), { code: 'missing' })
  process.env['CREDENTIALS_DIRECTORY'] = there.beside('credentials')
  assert.equal((await there.open()).id, there.root.id)
  delete process.env['CREDENTIALS_DIRECTORY']
})

test('a credential of another machine, another name or another way opens nothing', NEEDS, async () => {
  await using there = await folderOfWays()
  await using other = await folderOfWays()
  await there.add({ kind: credentialKind, settings, name: 'machine' })
  await other.add({ kind: credentialKind, settings, name: 'machine' })
  const sound = await readFile(there.beside('root.cred'))
  const refusedWith = async (bytes: Uint8Array, code: string): Promise<void> => {
    await writeFile(there.beside('root.cred'), bytes)
    await assert.rejects(there.open(), (error) => error instanceof RootError && error.code === code)
  }
  await refusedWith(await readFile(other.beside('root.cred')), 'foreign')
  await refusedWith(encrypted('keyhold.root', 'no root file'), 'damaged')
  await refusedWith(encrypted('another', 'no root file'), 'unreachable')
  await refusedWith(sound.subarray(8), 'unreachable')
  await writeFile(there.beside('root.cred'), sound)
  assert.equal((await there.open()).id, there.root.id)
  await rm(machine.beside('secret'), { force: true })
  encrypted('x', 'a new machine')
  await assert.rejects(there.open(), { code: 'unreachable', message: /systemd-creds does not decrypt/ })
})

test('names that systemd does not have are refused before it is asked', async () => {
  await using there = await folderOfWays()
  for (const wrong of [{ credential: '../x' }, { credential: '' }, { credential: '-x' }, { key: 'null' }]) {
    const made = there.add({ kind: credentialKind, settings: { ...settings, ...wrong }, name: 'machine' })
    await assert.rejects(made, { code: 'refused' })
  }
})

function encrypted(name: string, text: string): Buffer {
  const { status, stdout, stderr } = spawnSync(
    'systemd-creds',
    ['encrypt', '--with-key=host', `--name=${name}`, '-', '-'],
    {
      input: text,
    },
  )
  assert.equal(status, 0, stderr.toString())
  return stdout
}
