import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RefusalCode } from '../../../src/host/http/refusal.ts'
import { answer, post, RawClient, serve } from './fixture.ts'

const LINES = (count: number): string[] => Array.from({ length: count }, (_, index) => `X-${index}: a`)

const REFUSED: Record<string, readonly [text: string, code: RefusalCode]> = {
  'bytes that are no HTTP': ['\x15\x03\x01\x02\x00', 'BadRequestException'],
  'bytes of a TLS handshake': ['\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'TlsOnHttpPort'],
  'a header that is none': [post('', ['X-A : b']), 'BadRequestException'],
  'a tunnel': ['CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n', 'BadRequestException'],
  'headers that are too long': [post('', [`X: ${'x'.repeat(17_000)}`]), 'RequestHeaderFieldsTooLargeException'],
  'too many headers': [post('', LINES(199)), 'RequestHeaderFieldsTooLargeException'],
  'more headers than node:http counts': [
    post(
      '',
      LINES(2200).map((line) => line.replace('X-', '')),
    ),
    'RequestHeaderFieldsTooLargeException',
  ],
  'a body that says it is too large': [
    'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999\r\n\r\n',
    'RequestEntityTooLargeException',
  ],
  'another path': ['POST /other HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n', 'UnknownOperationException'],
}

for (const [what, [text, code]] of Object.entries(REFUSED)) {
  test(`a refusal is told once, with its kind and its sender: ${what}`, async () => {
    const { port, refusals } = await serve(async () => answer('{}'), { bodyBytes: 1000 })
    const client = new RawClient(port).send(text)
    if (code === 'UnknownOperationException') await client.answers(1)
    else await client.closed
    assert.deepEqual(
      refusals.map((refusal) => [refusal.code, refusal.sourceIp]),
      [[code, '127.0.0.1']],
    )
    assert.match(refusals[0]?.requestId ?? '', /^[0-9a-f-]{36}$/)
  })
}

test('headers that come too slowly are told too', async () => {
  const { port, refusals } = await serve(async () => answer('{}'), { headersTimeoutMs: 300, requestTimeoutMs: 600 })
  await new RawClient(port).send('POST / HTTP/1.1\r\nHost: h\r\n').closed
  assert.deepEqual(
    refusals.map(({ code }) => code),
    ['RequestTimeoutException'],
  )
})

test('what is answered, or goes away by itself, is no refusal', async () => {
  const { port, refusals } = await serve(async () => answer('{}'))
  await new RawClient(port).send(post('', LINES(190))).answers(1)
  const leaving = new RawClient(port).send(post(''))
  await leaving.answers(1)
  leaving.socket.resetAndDestroy()
  await new RawClient(port).send(post('')).answers(1)
  assert.deepEqual(refusals, [])
})
