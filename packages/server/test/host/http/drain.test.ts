import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { answer, post, RawClient, serve } from './fixture.ts'

test('closing answers every request under way, closes idle connections and accepts no more', async () => {
  const release = Promise.withResolvers<void>()
  const { port, close } = await serve(async ({ body }) => {
    if (body.byteLength > 0) await release.promise
    return answer(Buffer.from(body).toString())
  })
  const idle = new RawClient(port)
  await idle.send(post('')).answers(1)
  const busy = new RawClient(port).send(post('first') + post('second'))
  const halfSent = new RawClient(port).send(post('third').slice(0, -2))
  await sleep(50)

  const closed = close(10_000)
  await idle.closed
  await new RawClient(port).closed
  halfSent.send('rd')
  release.resolve()
  assert.deepEqual(
    (await busy.answers(2)).map(({ body }) => body),
    ['first', 'second'],
  )
  assert.equal((await halfSent.answers(1))[0]?.body, 'third')
  await Promise.all([busy.closed, halfSent.closed, closed])
})

test('closing does not cut off an answer that is being read slowly', async () => {
  const size = 16 * 1024 * 1024
  const given = answer('x'.repeat(size))
  const { port, close } = await serve(async () => given)
  const socket = connect({ port, host: '127.0.0.1' }).pause()
  socket.write(post(''))
  await sleep(100)
  const closed = close(10_000)
  await sleep(50)
  let received = 0
  socket.on('data', (chunk: Buffer) => (received += chunk.byteLength)).resume()
  await closed
  await sleep(20)
  assert.ok(received > size, `${received} bytes`)
  socket.destroy()
})

test('after the grace period what remains is cut', { timeout: 60_000 }, async () => {
  const { port, close } = await serve(() => new Promise(() => undefined))
  const client = new RawClient(port).send(post('never answered'))
  await sleep(30)
  await close(100)
  await client.closed
  assert.equal(client.text, '')
})

test('closing waits for a request whose client has gone, as it may be about to write down what it did', async () => {
  const release = Promise.withResolvers<void>()
  let finished = false
  const { port, close } = await serve(async () => {
    await release.promise
    finished = true
    return answer('{}')
  })
  const client = new RawClient(port).send(post('x'))
  await sleep(50)
  client.socket.resetAndDestroy()
  const closed = close(10_000)
  await sleep(50)
  release.resolve()
  await closed
  assert.equal(finished, true)
})
