import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { needs } from '../../../../tools/testing/needs.ts'
import { ended, nodeArguments } from '../../../../tools/testing/keyhold.ts'
import { cleanEnvironment, initialize, start, temporaryFolder } from '../support/vault.ts'

/** As a service manager listens: prints what each datagram says, in a line. */
const LISTEN = `
import socket, sys
server = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
server.bind(sys.argv[1])
print('listening', flush=True)
while True:
    text = server.recv(4096).decode()
    if not text.startswith('BARRIER='):
        print(' '.join(text.split('\\n')), flush=True)
`

/** The socket of a service manager, and what it is told from then on. */
async function manager(t: TestContext): Promise<{ path: string; told: AsyncIterator<string> }> {
  const path = join(temporaryFolder(t), 'notify')
  const python = spawn('python3', ['-c', LISTEN, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(async () => {
    python.kill('SIGKILL')
    await once(python, 'close')
  })
  const told = createInterface({ input: python.stdout })[Symbol.asyncIterator]()
  assert.equal((await told.next()).value, 'listening')
  return { path, told }
}

test(
  'serve tells a service manager that it answers, that it lives, that it reads its settings, and that it stops',
  { skip: needs('python3', 'systemd') },
  async (t) => {
    const { path, told } = await manager(t)
    const vault = await initialize(t)
    const env = { ...cleanEnvironment(), NOTIFY_SOCKET: path, WATCHDOG_USEC: '1000000' }
    const server = await start(t, ['serve', '--data', vault.data, '--port', '0'], env)
    assert.equal((await told.next()).value, `READY=1 STATUS=Answering on ${server.endpoint}`)
    assert.equal((await told.next()).value, 'WATCHDOG=1')
    server.process.kill('SIGHUP')
    assert.match(await after(told, 'WATCHDOG=1'), /^RELOADING=1 MONOTONIC_USEC=\d+$/)
    assert.match(await after(told, 'WATCHDOG=1'), /^READY=1 STATUS=Answering on http/)
    assert.equal((await server.stop()).status, 0)
    assert.match(await after(told, 'WATCHDOG=1'), /^STOPPING=1 STATUS=/)
  },
)

test('a server that does not start never says that it answers', { skip: needs('python3', 'systemd') }, async (t) => {
  const { path, told } = await manager(t)
  const env = { ...cleanEnvironment(), NOTIFY_SOCKET: path }
  const args = nodeArguments(['serve', '--data', join(temporaryFolder(t), 'nothing')])
  const { status } = await ended(spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] }))
  assert.notEqual(status, 0)
  spawn('systemd-notify', ['STATUS=Nothing came before this.'], { env, stdio: 'ignore' })
  assert.equal((await told.next()).value, 'STATUS=Nothing came before this.')
})

/** The next line that is another. */
async function after(told: AsyncIterator<string>, line: string): Promise<string> {
  for (;;) {
    const { value } = (await told.next()) as { value: string }
    if (value !== line) return value
  }
}
