import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAnswers } from '../../../src/host/http/open-answers.ts'
import { Origins } from '../../../src/host/http/origins.ts'
import { answer, type Fixture, post, type RawAnswer, RawClient, serve } from './fixture.ts'

const APP = 'https://app.example'
const OTHER = 'capacitor://localhost'

function serving(allowed: readonly string[] = [APP, OTHER]): Promise<Fixture> {
  const origins = Origins.of(allowed)
  const rest = { origins, open: openAnswers(origins) }
  return serve(async () => answer('{}'), { bodyBytes: 1000 }, undefined, undefined, undefined, rest)
}

async function sent(text: string, fixture = serving()): Promise<RawAnswer> {
  const [one] = await new RawClient((await fixture).port).send(text).answers(1)
  return one ?? assert.fail()
}

function preflight(...headers: string[]): string {
  return `${['OPTIONS / HTTP/1.1', 'Host: h', ...headers].join('\r\n')}\r\n\r\n`
}

/** Those about origins, sorted. */
function corsOf({ headers }: RawAnswer): string[] {
  return [...headers]
    .filter(([name]) => /^(access-control|vary)/i.test(name))
    .map((header) => header.join(': '))
    .toSorted()
}

const READABLE = (origin: string): string[] => [
  `Access-Control-Allow-Origin: ${origin}`,
  'Access-Control-Expose-Headers: x-amzn-RequestId, Date',
  'Vary: Origin',
]

for (const origin of [APP, OTHER]) {
  test(`a page of ${origin}, which is allowed, can read an answer`, async () => {
    assert.deepEqual(corsOf(await sent(post('{}', [`Origin: ${origin}`]))), READABLE(origin))
  })
}

test('a page can read refusals too, of handlers and of the listener', async () => {
  const elsewhere = await sent(post('{}', [`Origin: ${APP}`]).replace('POST /', 'POST /other'))
  assert.deepEqual([elsewhere.status, corsOf(elsewhere)], [404, READABLE(APP)])
  const large = await sent(post('x'.repeat(1001), [`Origin: ${APP}`]))
  assert.deepEqual([large.status, corsOf(large)], [413, READABLE(APP)])
})

test('a page of another origin gets no header, and caches are told that the answer is for its origin', async () => {
  for (const origins of [
    ['http://app.example'],
    ['null'],
    [APP, APP],
    [`${APP}:443`],
    [`${APP}, ${APP}`],
    [APP.toUpperCase()],
    [],
  ]) {
    const one = await sent(
      post(
        '{}',
        origins.map((origin) => `Origin: ${origin}`),
      ),
    )
    assert.deepEqual([one.status, corsOf(one)], [200, ['Vary: Origin']])
  }
})

test('without allowed origins no answer says anything of them', async () => {
  assert.deepEqual(corsOf(await sent(post('{}', [`Origin: ${APP}`]), serving([]))), [])
})

test('a preflight allows the headers that SDKs send, and no others', async () => {
  const asked = 'authorization,x-amz-date, X-Amz-Target,amz-sdk-request,content-type,x-forwarded-for,cookie,x-amz'
  const one = await sent(
    preflight(`Origin: ${APP}`, 'Access-Control-Request-Method: POST', `Access-Control-Request-Headers: ${asked}`),
  )
  assert.deepEqual([one.status, one.body], [200, ''])
  assert.deepEqual(corsOf(one), [
    'Access-Control-Allow-Headers: authorization, x-amz-date, x-amz-target, amz-sdk-request, content-type',
    'Access-Control-Allow-Methods: GET, HEAD, POST',
    `Access-Control-Allow-Origin: ${APP}`,
    'Access-Control-Max-Age: 600',
    'Vary: Origin, Access-Control-Request-Method, Access-Control-Request-Headers, access-control-request-private-network',
  ])
})

test('a preflight for a private network is answered where one asks', async () => {
  const asks = preflight(
    `Origin: ${APP}`,
    'Access-Control-Request-Method: POST',
    'Access-Control-Request-Private-Network: true',
  )
  assert.ok(corsOf(await sent(asks)).includes('Access-Control-Allow-Private-Network: true'))
})

test('a preflight of another origin, and OPTIONS that are none, are unknown operations and are counted', async () => {
  const server = await serving()
  for (const headers of [['Origin: http://a.example', 'Access-Control-Request-Method: POST'], [`Origin: ${APP}`], []]) {
    const one = await sent(preflight(...headers), Promise.resolve(server))
    assert.equal(one.status, 404)
    assert.equal(one.headers.get('Access-Control-Allow-Methods'), undefined)
  }
  assert.deepEqual(
    server.refusals.map(({ code }) => code),
    ['UnknownOperationException', 'UnknownOperationException', 'UnknownOperationException'],
  )
})

for (const [text, message] of Object.entries({
  '*': /any page/,
  null: /any page/,
  'https://*.example': /is not an origin/,
  'app.example': /is not an origin/,
  'https://app.example/': /is not an origin/,
  'https://app.example/page': /is not an origin/,
  'https://user@app.example': /is not an origin/,
  'https://a.example,https://b.example': /is not an origin/,
  '': /is not an origin/,
  'https://app.example:443': /which is 'https:\/\/app\.example'/,
  'https://App.example': /which is 'https:\/\/app\.example'/,
  'https://app.example:99999': /is not an origin/,
})) {
  test(`'${text}' cannot be an allowed origin`, () => {
    assert.throws(() => Origins.of([APP, text]), { name: 'OriginError', message })
  })
}

test('the list of origins has a limit', () => {
  assert.throws(() => Origins.of(Array<string>(1001).fill(APP)), /At most 1000/)
})
