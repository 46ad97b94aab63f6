import assert from 'node:assert/strict'
import { lstatSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { clientOf, initialize, start, succeed } from '../support/vault.ts'

test('nothing in a data folder is for other users, whatever umask the server was started with', async (t) => {
  const before = process.umask(0)
  t.after(() => process.umask(before))
  const vault = await initialize(t)
  const server = await start(t, ['serve', '--data', vault.data, '--port', '0'])
  await succeed(['key', 'create', '--alias', 'used'], clientOf(vault, server))
  await succeed(['operator', 'seal', '--data', vault.data])
  await succeed(['operator', 'unseal', '--data', vault.data])
  const names = ['.', ...readdirSync(vault.data, { recursive: true, encoding: 'utf8' })]
  const open = names.filter((name) => (lstatSync(join(vault.data, name)).mode & 0o077) !== 0)
  assert.ok(names.some((name) => name.endsWith('.log')) && names.includes('admin.sock'), names.join(' '))
  assert.deepEqual(open, [])
})

test('a server shows no secret in its arguments and environment, and withholds its memory from core dumps', async (t) => {
  if (process.platform !== 'linux') return t.skip('only Linux shows a process in /proc')
  const vault = await initialize(t)
  const server = await start(t, ['serve', '--data', vault.data, '--port', '0'])
  const pid = server.process.pid!
  const shown = ['cmdline', 'environ'].map((name) => readFileSync(`/proc/${pid}/${name}`, 'latin1')).join('\n')
  const [, key = 'none'] = /^key (\S+)$/m.exec(readFileSync(vault.rootFile, 'utf8')) ?? []
  const [, secret = 'none'] = /aws_secret_access_key *= *(\S+)/.exec(readFileSync(vault.credentialsFile, 'utf8')) ?? []
  assert.ok(key.length === 64 && secret.length === 40)
  assert.ok(!shown.includes(key) && !shown.includes(secret))
  assert.equal(Number.parseInt(readFileSync(`/proc/${pid}/coredump_filter`, 'utf8'), 16), 0)
})
