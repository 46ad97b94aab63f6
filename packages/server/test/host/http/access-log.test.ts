import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer } from '../../../src/execution/request.ts'
import { AccessLog } from '../../../src/host/http/access-log.ts'
import type { RawRequest } from '../../../src/identity/authentication/raw-request.ts'
import { manualClock } from '../../support/manual-clock.ts'
import { answer as answerOf } from './fixture.ts'

const START = Date.UTC(2026, 10, 30, 19)

function logging(format: 'json' | 'logfmt' = 'json') {
  const lines: string[] = []
  const clock = manualClock(START)
  const log = new AccessLog({ file: { write: (line) => void lines.push(line) }, format, clock })
  const through = async (request: RawRequest, answer: Answer | Error): Promise<void> => {
    const handle = log.logged(() => {
      clock.advance(2.5)
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer)
    })
    await handle(request).catch(() => undefined)
  }
  return { lines, log, through }
}

function requestOf(changes: Partial<RawRequest> = {}): RawRequest {
  return {
    method: 'POST',
    path: '/',
    query: 'X-Amz-Signature=planted-signature',
    headers: new Map([
      ['user-agent', ['curl/8']],
      ['authorization', ['planted-authorization']],
      ['x-amz-security-token', ['planted-token']],
    ]),
    body: Buffer.from('{"Plaintext":"planted-body"}'),
    sourceIp: '192.0.2.7',
    secure: true,
    provenTogether: {},
    requestId: 'id-1',
    receivedAtMs: START,
    isGone: () => false,
    ...changes,
  }
}

const DONE: Answer = {
  ...answerOf('{"CiphertextBlob":"planted-answer"}'),
  outcome: { service: 'kms', operation: 'Encrypt', result: 'success' },
  about: { principal: 'arn:aws:iam::111122223333:user/ann' },
}

test('a line says who asked what, from where, and what became of it; nothing in it lets a reader act', async () => {
  const { lines, through } = logging()
  await through(requestOf(), DONE)
  assert.doesNotMatch(lines.join(''), /planted/)
  assert.deepEqual(JSON.parse(lines[0] ?? ''), {
    time: '2026-11-30T19:00:00.002Z',
    requestId: 'id-1',
    sourceIp: '192.0.2.7',
    secure: true,
    method: 'POST',
    service: 'kms',
    operation: 'Encrypt',
    status: 200,
    principal: 'arn:aws:iam::111122223333:user/ann',
    bytesOut: 35,
    durationMs: 2.5,
    bytesIn: 28,
    userAgent: 'curl/8',
  })
})

test('a refusal has its code and the request id of the answer, and a stranger has no principal', async () => {
  const { lines, through } = logging('logfmt')
  const outcome = { service: 'unknown', operation: 'Unknown', result: 'unauthenticated' } as const
  const refused = { ...answerOf('no', 400), outcome, about: { error: 'AccessDeniedException' }, requestId: 'id-2' }
  await through(requestOf({ headers: new Map() }), refused)
  assert.deepEqual(lines, [
    'time=2026-11-30T19:00:00.002Z requestId=id-2 sourceIp=192.0.2.7 secure=true method=POST service=unknown operation=Unknown status=400 error=AccessDeniedException bytesOut=2 durationMs=2.5 bytesIn=28\n',
  ])
})

test('a handler that fails, a client that has gone and a refused connection have their lines, too', async () => {
  const { lines, log, through } = logging()
  await through(requestOf({ body: new Uint8Array() }), new Error('bug'))
  await through(requestOf({ isGone: () => true }), DONE)
  log.refused({ code: 'TooManyConnections', requestId: 'id-3', sourceIp: '' })
  const [failed, gone, refused] = lines.map((line) => JSON.parse(line) as Record<string, unknown>)
  assert.partialDeepStrictEqual(failed, { status: 500, error: 'KMSInternalException', bytesIn: 0 })
  assert.partialDeepStrictEqual(gone, { status: 200, gone: true })
  const { time, ...rest } = refused ?? {}
  assert.deepEqual([typeof time, rest], ['string', { requestId: 'id-3', sourceIp: '', error: 'TooManyConnections' }])
})

test('what a stranger sends stays on its line, in printable characters, and short', async () => {
  for (const format of ['json', 'logfmt'] as const) {
    const { lines, through } = logging(format)
    const userAgent = `x\n{"forged":1}\u001B[2J\u202E${'y'.repeat(100_000)}`
    const headers = new Map([['user-agent', [userAgent]]])
    await through(requestOf({ headers, method: 'GET / HTTP/1.1\n' }), DONE)
    assert.match(lines[0] ?? '', /^[\x20-\x7E]*\n$/)
    assert.match(lines[0] ?? '', /method"?[:=]"?\?/)
    assert.ok((lines[0] ?? '').length < 1000)
  }
})
