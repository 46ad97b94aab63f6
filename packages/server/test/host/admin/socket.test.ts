import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { fork } from 'node:child_process'
import { folder } from '../../../../../tools/testing/folder.ts'
import { AdminListenerError, defaultSockets, listenOnSocket } from '../../../src/host/admin/socket.ts'

/** A server that listens on the first free path; closed with the scope. */
async function listening(...paths: string[]): Promise<AsyncDisposable & { path: string }> {
  const server = createServer((socket) => socket.destroy())
  const path = await listenOnSocket(server, paths)
  return { path, [Symbol.asyncDispose]: () => closed(server) }
}

async function closed(server: Server): Promise<void> {
  server.close()
  await once(server, 'close')
}

/** A socket that a killed process left. */
async function leaveSocket(path: string): Promise<void> {
  const program = `require('node:net').createServer().listen({ path: ${JSON.stringify(path)} }, () => process.send('up'))`
  const file = join(dirname(path), 'leave.cjs')
  writeFileSync(file, program)
  const child = fork(file)
  await once(child, 'message')
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.ok(lstatSync(path).isSocket())
}

test('only its user can connect, whatever the umask is', async () => {
  await using at = await folder()
  const former = process.umask(0)
  try {
    await using one = await listening(at.path('admin.sock'))
    assert.equal(lstatSync(one.path).mode & 0o777, 0o600)
    assert.equal(process.umask(), 0)
    assert.deepEqual(await at.names(), ['admin.sock'])
  } finally {
    process.umask(former)
  }
})

test('the socket of a process that was killed is replaced', async () => {
  await using at = await folder()
  await leaveSocket(at.path('admin.sock'))
  await using one = await listening(...defaultSockets(dirname(at.path('x'))))
  assert.equal(basename(one.path), 'admin.sock')
})

test('the socket of a process that runs is left alone: the next name is taken', async () => {
  await using at = await folder()
  const paths = defaultSockets(dirname(at.path('x')))
  await using first = await listening(...paths)
  await using second = await listening(...paths)
  await using third = await listening(...paths)
  assert.deepEqual(
    [first, second, third].map(({ path }) => basename(path)),
    ['admin.sock', 'admin-2.sock', 'admin-3.sock'],
  )
})

test('a socket that was asked for and is in use is refused with a sentence', async () => {
  await using at = await folder()
  await using one = await listening(at.path('own.sock'))
  await assert.rejects(listening(one.path), {
    name: 'AdminListenerError',
    message: `Another process answers on the socket ${one.path}. Name another place with --admin.`,
  })
  assert.deepEqual(await at.names(), ['own.sock'])
})

test('a file that is no socket is not replaced', async () => {
  await using at = await folder()
  writeFileSync(at.path('precious'), 'text')
  await assert.rejects(listening(at.path('precious')), /exists and is not a socket/)
  assert.equal(readFileSync(at.path('precious'), 'utf8'), 'text')
  assert.deepEqual(await at.names(), ['precious'])
})

test('a path that is too long for a socket is refused with a sentence, in bytes', async () => {
  await using at = await folder()
  const long = at.path('ä'.repeat(60))
  await assert.rejects(listening(long), (error: unknown) => {
    assert.ok(error instanceof AdminListenerError)
    assert.match(error.message, /^The path of a socket can have 10\d bytes, and .* has \d+\. Name a shorter one/)
    return true
  })
  assert.deepEqual(await at.names(), [])
})

test('a folder that is not there is an error of the system', async () => {
  await using at = await folder()
  await assert.rejects(listening(at.path('none/admin.sock')), { code: 'EACCES' })
})

test('servers that start together on a left socket each have one of their own', async () => {
  await using at = await folder()
  const here = dirname(at.path('x'))
  await leaveSocket(at.path('admin.sock'))
  const program = `
    import { createServer } from 'node:net'
    import { defaultSockets, listenOnSocket } from ${JSON.stringify(import.meta.resolve('../../../src/host/admin/socket.ts'))}
    process.send('loaded')
    process.once('message', async () => {
      const path = await listenOnSocket(createServer((socket) => socket.destroy()), defaultSockets(${JSON.stringify(here)}))
      process.send({ path, pid: process.pid })
    })`
  writeFileSync(at.path('start.mjs'), program)
  const children = Array.from({ length: 3 }, () => fork(at.path('start.mjs'), { execArgv: ['--conditions=source'] }))
  try {
    await Promise.all(children.map((child) => once(child, 'message')))
    const taken = Promise.all(children.map((child) => once(child, 'message')))
    for (const child of children) child.send('go')
    const paths = (await taken).map(([{ path }]) => basename((path as string | undefined) ?? ''))
    assert.deepEqual(paths.toSorted(), ['admin-2.sock', 'admin-3.sock', 'admin.sock'])
    assert.deepEqual(
      readdirSync(here).filter((name) => name.startsWith('.')),
      [],
    )
    assert.ok(paths.every((path) => existsSync(join(here, path))))
  } finally {
    for (const child of children) child.kill('SIGKILL')
  }
})
