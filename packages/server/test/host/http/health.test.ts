import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAnswers } from '../../../src/host/http/open-answers.ts'
import { Origins } from '../../../src/host/http/origins.ts'
import { answer, type Fixture, post, RawClient, serve } from './fixture.ts'

function serving(limits = {}): Promise<Fixture> {
  const open = openAnswers(Origins.of([]))
  return serve(async () => answer('{}'), limits, undefined, undefined, undefined, { open })
}

const check = (method: string, path = '/healthz'): string => `${method} ${path} HTTP/1.1\r\nHost: h\r\n\r\n`

test('a check of health is answered, with a body or without, and is no refusal', async () => {
  const server = await serving()
  const client = new RawClient(server.port).send(check('GET') + check('GET', '/healthz?now'))
  for (const one of await client.answers(2)) {
    assert.deepEqual(
      [one.status, one.headers.get('Content-Type'), one.body],
      [200, 'application/json', '{"status":"ok"}\n'],
    )
  }
  const head = new RawClient(server.port).send(check('HEAD'))
  while (!head.text.includes('\r\n\r\n')) await new Promise((resolve) => head.socket.once('data', resolve))
  assert.match(head.text, /^HTTP\/1\.1 200 OK\r\n[^]*Content-Length: 16\r\n[^]*\r\n\r\n$/)
  assert.deepEqual(server.refusals, [])
})

for (const [method, path] of [
  ['POST', '/healthz'],
  ['OPTIONS', '/healthz'],
  ['GET', '/healthz/'],
  ['GET', '/HEALTHZ'],
  ['GET', '//healthz'],
] as const) {
  test(`${method} ${path} is no check of health`, async () => {
    const [one] = await new RawClient((await serving()).port).send(check(method, path)).answers(1)
    assert.equal(one?.status, 404)
  })
}

test(
  'attack: checks of health prove nothing, so that a flood of unauthenticated requests is cut behind them',
  { timeout: 30_000 },
  async () => {
    const server = await serving({ unproven: 4 })
    const client = new RawClient(server.port).send(check('GET'))
    await client.answers(1)
    client.send(check('GET').repeat(100))
    await client.closed
    assert.deepEqual(
      server.refusals.map(({ code }) => code),
      ['TooManyRequests'],
    )
  },
)

test(
  'an answer that is the same for many requests is counted once while it is sent, and not for good',
  { timeout: 30_000 },
  async () => {
    const server = await serving({ unsentBytes: 200, unproven: 1000 })
    const client = new RawClient(server.port)
    for (let round = 0; round < 3; round++) {
      client.send(check('GET', '/unknown').repeat(20))
      await client.answers(20)
    }
    client.send(post('{}'))
    assert.equal((await client.answers(1))[0]?.status, 200)
  },
)
