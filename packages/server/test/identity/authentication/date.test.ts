import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RawRequest } from '../../../src/identity/authentication/raw-request.ts'
import { plusHeader, PRINCIPAL, signed, verifierOf, withHeader } from './fixture.ts'

const verify = async (request: RawRequest): Promise<string> => (await verifierOf()(request)).principal.arn
const ACCEPTED = PRINCIPAL.arn

async function refused(request: RawRequest, code: string, message?: RegExp): Promise<void> {
  await assert.rejects(verify(request), message === undefined ? { code } : { code, message })
}

test('a request that is dated by a Date header only is accepted, in either form', async () => {
  for (const date of ['Fri, 02 Jan 2026 03:04:05 GMT', '20260102T030405Z']) {
    const request = signed({ date })
    assert.equal(request.headers.has('x-amz-date'), false)
    assert.equal(await verify(request), ACCEPTED)
    await refused(
      withHeader(request, 'date', (value) => value.replace('05', '06')),
      'InvalidSignatureException',
    )
    await refused(plusHeader(request, 'Date', date), 'IncompleteSignatureException', /'date' must not be repeated/)
  }
})

test('X-Amz-Date overrides Date', async () => {
  assert.equal(await verify(plusHeader(signed(), 'Date', 'Fri, 02 Jan 1970 00:00:00 GMT')), ACCEPTED)
})

test('the time of a Date header is checked like any other', async () => {
  await refused(
    signed({ date: 'Fri, 02 Jan 2026 02:59:04 GMT' }),
    'InvalidSignatureException',
    /^Signature expired: 20260102T025904Z/,
  )
  for (const date of ['Thu, 02 Jan 2026 03:04:05 GMT', '2026-01-02T03:04:05Z', 'now', '']) {
    await refused(signed({ date }), 'IncompleteSignatureException', /^Date must be in ISO-8601 'basic format'/)
  }
})
