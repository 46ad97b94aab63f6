import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { keyhold } from '../../../../tools/testing/keyhold.ts'
import { cleanEnvironment, temporaryFolder } from '../support/vault.ts'

test('a server in the background outlives the command, is named in the ready file and stops at a signal', async (t) => {
  const folder = temporaryFolder(t)
  const [ready, log] = [join(folder, 'ready'), join(folder, 'log')]
  const flags = ['--port', '0', '--ready-file', ready, '--log-file', log]
  // The variable means the same as the flag, and is inherited.
  const env = { ...cleanEnvironment(), KEYHOLD_DETACH: 'true' }
  const { status, stdout, stderr } = await keyhold(['dev', '--detach', ...flags], env)
  assert.equal(status, 0, stderr)
  const { endpoint, pid } = JSON.parse(readFileSync(ready, 'utf8')) as { endpoint: string; pid: number }
  t.after(() => {
    if (isRunning(pid)) process.kill(pid, 'SIGKILL')
  })
  assert.match(stdout, new RegExp(`^Ready\\. ${endpoint}\n[^]*export AWS_ENDPOINT_URL_KMS=${endpoint}\n`))
  assert.match(stderr, new RegExp(`Process ${pid} runs in the background .*kill ${pid}`))
  assert.deepEqual(await (await fetch(`${endpoint}/healthz`)).json(), { status: 'ok' })
  assert.match(readFileSync(log, 'utf8'), /NOT FOR REAL DATA/)
  assert.equal(statSync(log).mode & 0o777, 0o600)
  process.kill(pid, 'SIGTERM')
  while (isRunning(pid)) await sleep(20)
  assert.equal(existsSync(ready), false)
})

test('a server in the background that does not start is told, with what it says and its exit code', async (t) => {
  const log = join(temporaryFolder(t), 'log')
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.after(() => other.close())
  const { port } = other.address() as AddressInfo
  const args = ['dev', '--detach', '--port', String(port), '--log-file', log]
  const { status, stdout, stderr } = await keyhold(args, cleanEnvironment())
  assert.deepEqual([status, stdout], [2, ''])
  assert.match(stderr, /^keyhold: The server did not start\. In .*log it says:\n[^]*in use/)
})

test('in the background no command is run', async () => {
  const { status, stderr } = await keyhold(['dev', '--detach', '--', 'true'], cleanEnvironment())
  assert.deepEqual([status, /runs no command/.test(stderr)], [2, true])
})

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
