import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { ReadyFile } from '../../src/serving/ready-file.ts'
import { keyhold } from '../../../../tools/testing/keyhold.ts'
import { cleanEnvironment, initialize, start, temporaryFolder } from '../support/vault.ts'

const RUNNING = { endpoint: 'http://127.0.0.1:5670', endpoints: ['http://127.0.0.1:5670', 'unix:/run/kms'] }
const OTHER = { ...RUNNING, endpoint: 'http://127.0.0.1:5671' }

test('a ready file says where this process answers, and nothing else is left beside it', (t) => {
  const folder = temporaryFolder(t)
  const ready = new ReadyFile(join(folder, 'ready'))
  assert.deepEqual(readdirSync(folder), [])
  ready.write(RUNNING)
  const found: unknown = JSON.parse(readFileSync(join(folder, 'ready'), 'utf8'))
  assert.deepEqual(found, { ...RUNNING, pid: process.pid })
  assert.deepEqual(readdirSync(folder), ['ready'])
  ready.remove()
  ready.remove()
  assert.deepEqual(readdirSync(folder), [])
})

test('the file of a server that was killed goes before another starts, and that of another server stays', (t) => {
  const file = join(temporaryFolder(t), 'ready')
  const first = new ReadyFile(file)
  first.write(RUNNING)
  const second = new ReadyFile(file)
  assert.equal(existsSync(file), false)
  second.write(OTHER)
  first.remove()
  assert.match(readFileSync(file, 'utf8'), /5671/)
  second.remove()
})

test('the file of a server that runs is put back by one that does not start, and that of one that is gone is not', (t) => {
  const file = join(temporaryFolder(t), 'ready')
  const ofRunning = JSON.stringify({ ...OTHER, pid: process.ppid })
  writeFileSync(file, ofRunning)
  const second = new ReadyFile(file)
  assert.equal(existsSync(file), false)
  second.remove()
  assert.equal(readFileSync(file, 'utf8'), ofRunning)
  const third = new ReadyFile(file)
  third.write(RUNNING)
  third.remove()
  assert.equal(existsSync(file), false)
  for (const pid of [process.pid, 2 ** 22 + 1, 'x', -1]) {
    writeFileSync(file, JSON.stringify({ ...OTHER, pid }))
    new ReadyFile(file).remove()
    assert.equal(existsSync(file), false, String(pid))
  }
})

test('a file of another kind is refused, and stays', (t) => {
  const folder = temporaryFolder(t)
  const at = (name: string): string => join(folder, name)
  writeFileSync(at('text'), 'mine')
  writeFileSync(at('json'), '{"pid":1}')
  writeFileSync(at('large'), ' '.repeat(70_000))
  mkdirSync(at('folder'))
  symlinkSync('text', at('link'))
  for (const name of ['text', 'json', 'large', 'folder', 'link', '.']) {
    assert.throws(() => new ReadyFile(at(name)), { name: 'FileError', message: /is no ready file/ }, name)
  }
  assert.equal(readFileSync(at('text'), 'utf8'), 'mine')
})

test('serve writes the file once it answers, and removes it at the end', async (t) => {
  const { data, folder } = await initialize(t)
  const file = join(folder, 'ready')
  const server = await start(t, ['serve', '--data', data, '--port', '0', '--ready-file', file])
  const { endpoint, pid } = JSON.parse(readFileSync(file, 'utf8')) as { endpoint: string; pid: number }
  assert.deepEqual([endpoint, pid], [server.endpoint, server.process.pid])
  assert.equal((await server.stop()).status, 0)
  assert.equal(existsSync(file), false)
})

test('a ready file that cannot be written ends the server, and says why', async (t) => {
  const file = join(temporaryFolder(t), 'none', 'ready')
  const { status, stderr } = await keyhold(['dev', '--port', '0', '--ready-file', file], cleanEnvironment())
  assert.equal(status, 9, stderr)
  assert.match(stderr, /no such file or folder/)
})
