import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { after, before, describe, test } from 'node:test'
import type { TestContext } from 'node:test'
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type KeyholdServer, nodeArguments, startKeyhold } from '../../../../tools/testing/keyhold.ts'
import { needs } from '../../../../tools/testing/needs.ts'
import { outcome, piped, spawnPiped } from '../support/piped.ts'
import { cleanEnvironment, clientOfDev, succeed, temporaryFolder } from '../support/vault.ts'

const SECRET = 'correct horse'
const POSIX = process.platform === 'win32' ? 'no signals here' : false

describe('keyhold exec', { skip: POSIX }, () => {
  let server: KeyholdServer
  let env: NodeJS.ProcessEnv
  let message: Buffer
  before(async () => {
    server = await startKeyhold(['dev', '--port', '0'], cleanEnvironment())
    env = clientOfDev(server)
    await succeed(['key', 'create', '--alias', 'app'], env)
    message = (await piped(['encrypt', '-k', 'alias/app'], Buffer.from(SECRET), env)).stdout
  })
  after(() => server?.stop())

  function encrypted(scope: TestContext): string {
    const file = join(temporaryFolder(scope), 'secret.kh')
    writeFileSync(file, message)
    return file
  }

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const) {
    test(`passes ${signal} on, and ends as its command does`, async (scope) => {
      const script = `trap 'echo "$A"; exit 9' ${signal.slice(3)}; echo ready; while :; do sleep 0.05; done`
      const child = spawnPiped(['exec', '--env', `A=${encrypted(scope)}`, '--', 'sh', '-c', script], env)
      const ended = outcome(child)
      await once(child.stdout!, 'data')
      child.kill(signal)
      const { status, stdout } = await ended
      assert.deepEqual([status, String(stdout)], [9, `ready\n${SECRET}\n`])
    })
  }

  test('does not start its command when it is interrupted while it waits for the KMS', async (scope) => {
    const silent = createServer().listen(0, '127.0.0.1')
    scope.after(() => silent.close())
    await once(silent, 'listening')
    const endpoint = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
    const child = spawnPiped(['exec', '--env', `A=${encrypted(scope)}`, '--', 'echo', 'started'], {
      ...env,
      AWS_ENDPOINT_URL_KMS: endpoint,
    })
    const ended = outcome(child)
    const [socket] = (await once(silent, 'connection')) as [Socket]
    scope.after(() => socket.destroy())
    child.kill('SIGINT')
    const { status, stdout, stderr } = await ended
    assert.deepEqual([status, String(stdout), stderr], [130, '', ''])
  })

  test('opens no file for writing', { skip: needs('strace') }, async (scope) => {
    const [file, trace] = [encrypted(scope), join(temporaryFolder(scope), 'trace')]
    const keyhold = [process.execPath, ...nodeArguments(['exec', '--env', `A=${file}`, '--', 'true'])]
    const options = ['-f', '-qq', '-o', trace, '-e', 'trace=?open,openat,?creat,memfd_create']
    // Node's own cache of what it compiled would be written.
    const child = spawn('strace', [...options, ...keyhold], {
      env: { ...env, NODE_COMPILE_CACHE: undefined },
      stdio: 'pipe',
    })
    assert.equal((await outcome(child)).status, 0)
    const opened = readFileSync(trace, 'utf8').split('\n')
    assert.ok(opened.some((line) => line.includes('secret.kh')))
    const writing = opened.filter((line) => /O_WRONLY|O_RDWR|O_CREAT|memfd_create\(|creat\(/.test(line))
    assert.deepEqual(
      writing.filter((line) => !/"\/dev\/|"\/proc\/self\/coredump_filter"/.test(line)),
      [],
    )
  })
})
