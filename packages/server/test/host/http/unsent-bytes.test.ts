import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { answer, post, RawClient, serve, type TrackedBody } from './fixture.ts'

const MEBIBYTE = 1024 * 1024
/** More than the system buffers of unread data. */
const LARGE = 16 * MEBIBYTE

/** A client that sends requests and reads no answer. */
function deaf(port: number, requests: string): Socket {
  const socket = connect({ port, host: '127.0.0.1' }).pause()
  socket.on('error', () => undefined)
  socket.write(requests)
  return socket
}

async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; !condition(); tries += 1) {
    assert.ok(tries < 1000, 'waited too long')
    await sleep(5)
  }
}

test('of a client that does not read its answers, no more requests are read', async () => {
  let answers = 0
  const limits = { unproven: 1000, pipelined: 20, unsentBytes: MEBIBYTE }
  const { port } = await serve(async () => {
    answers += 1
    return answer('x'.repeat(LARGE))
  }, limits)
  const socket = deaf(port, post('').repeat(200))
  await until(() => answers > 0)
  await sleep(50)
  // Those of the slices that were read before the first answer.
  assert.ok(answers <= 20 + 2048 / post('').length, `${answers} answers`)
  socket.destroy()
})

test('unread answers have a common limit: the connection without progress for longest is cut', async () => {
  const bodies: TrackedBody[] = []
  const server = await serve(
    async ({ body }) => {
      const given = answer('x'.repeat(body.byteLength > 0 ? LARGE : 2))
      bodies.push(given.body)
      return given
    },
    { allUnsentBytes: 2.5 * LARGE },
  )
  const sockets: Socket[] = []
  for (let count = 1; count <= 3; count++) {
    sockets.push(deaf(server.port, post('large')))
    await until(() => bodies.length === count)
  }
  await until(() => bodies[0]?.wipes === 1)
  assert.deepEqual(
    bodies.map(({ wipes }) => wipes),
    [1, 0, 0],
  )
  assert.deepEqual(
    server.refusals.map(({ code }) => code),
    ['AnswersNotRead'],
  )
  const reader = new RawClient(server.port).send(post(''))
  assert.equal((await reader.answers(1))[0]?.status, 200)
  for (const socket of sockets) socket.destroy()
})
