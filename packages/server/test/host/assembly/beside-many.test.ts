import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { groupHeaders } from '../../../src/identity/authentication/headers.ts'
import type { RawRequest } from '../../../src/identity/authentication/raw-request.ts'
import { serviceHandler } from '../../../src/host/http/service.ts'
import { ACCOUNT, OTHER_ACCOUNT, rootOf, TestService } from '../../support/service.ts'

/** As many as one account keeps under way, each asking again as soon as it is answered. */
const FLOOD = 200
const CALLS = 20
/** Between two calls of the other account. */
const PAUSE_TURNS = 15

let service: TestService
before(async () => void (service = await TestService.open('on')))
after(() => service[Symbol.asyncDispose]())

/** Who asks. */
const FLOODING = { ...rootOf(OTHER_ACCOUNT), service: 'kms' }
const CALLING = { ...rootOf(ACCOUNT), service: 'kms' }

function encrypt(accessKeyId: string, KeyId: string, connection: object): RawRequest {
  const headers = ['X-Amz-Target', 'TrentService.Encrypt', 'Authorization', `AWS4 Credential=${accessKeyId}/x`]
  return {
    method: 'POST',
    path: '/',
    query: '',
    headers: groupHeaders(headers),
    body: new TextEncoder().encode(JSON.stringify({ KeyId, Plaintext: 'aGVsbG8=' })),
    sourceIp: '127.0.0.1',
    provenTogether: connection,
    secure: false,
    requestId: service.services.random.uuid(),
    receivedAtMs: service.clock.now(),
    isGone: () => false,
  }
}

test('a request beside many of another account waits for few of them', async () => {
  let begun = 0
  const over = new AbortController()
  const { handle } = serviceHandler(async ({ headers }) => {
    const isCalling = headers.get('authorization')?.[0]?.includes('CALLING') === true
    if (!isCalling) begun += 1
    return isCalling ? { ...CALLING, accessKeyId: 'CALLING' } : { ...FLOODING, accessKeyId: 'FLOODING' }
  }, service.services)
  const floodKey = (await service.createKey({}, FLOODING)).arn
  const ownKey = (await service.createKey({}, CALLING)).arn
  const flood = Array.from({ length: FLOOD }, async () => {
    const connection = {}
    while (!over.signal.aborted) assert.equal((await handle(encrypt('FLOODING', floodKey, connection))).status, 200)
  })
  const waited: number[] = []
  for (let call = 0; call < CALLS; call++) {
    for (let turn = 0; turn < PAUSE_TURNS; turn++) await setImmediate()
    const begunBefore = begun
    assert.equal((await handle(encrypt('CALLING', ownKey, {}))).status, 200)
    waited.push(begun - begunBefore)
  }
  over.abort()
  await Promise.all(flood)
  const median = waited.toSorted((a, b) => a - b)[CALLS / 2] ?? 0
  // Some 17 where their turns stay as long as ever, and their records share a batch with the call's.
  assert.ok(median <= 10, `${median} requests of the other account began meanwhile`)
})
