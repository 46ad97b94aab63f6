import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServiceError } from '@keyhold/protocol'
import fc from 'fast-check'
import { arrived, minusHeader, plusHeader, signed, valueOf, verifierOf, withHeader } from './fixture.ts'

const verify = verifierOf()

interface Case {
  authorization?: (value: string) => string
  date?: (value: string) => string
  code: string
  message: string | RegExp
}

const INCOMPLETE = 'IncompleteSignatureException'
const INVALID = 'InvalidSignatureException'

const CASES: Record<string, Case> = {
  'another algorithm': {
    authorization: (value) => value.replace('SHA256', 'SHA512'),
    code: INCOMPLETE,
    message: /must begin with 'AWS4-HMAC-SHA256'/,
  },
  'a scheme of another kind': { authorization: () => 'Bearer abc', code: INCOMPLETE, message: /must begin with/ },
  'no parameters': {
    authorization: () => 'AWS4-HMAC-SHA256',
    code: INCOMPLETE,
    message:
      "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. " +
      "Authorization header requires 'SignedHeaders' parameter.",
  },
  'no signature': {
    authorization: (value) => value.replace(/, Signature=.*/, ''),
    code: INCOMPLETE,
    message: "Authorization header requires 'Signature' parameter.",
  },
  'a parameter without a value': {
    authorization: (value) => value.replace('Credential=', 'Credential= x,'),
    code: INCOMPLETE,
    message: /not a valid key=value pair \(missing equal-sign\)/,
  },
  'a parameter twice': {
    authorization: (value) => `${value}, Signature=${'0'.repeat(64)}`,
    code: INCOMPLETE,
    message: /not a valid key=value pair/,
  },
  'a credential of four parts': {
    authorization: (value) => value.replace('/kms', ''),
    code: INCOMPLETE,
    message: /^Credential must have exactly 5 slash-delimited elements, .* got 'AKIDEXAMPLE\/20260102\/eu-central-1\//,
  },
  'a slash in the access key id': {
    authorization: (value) => value.replace('AKID', 'AK/ID'),
    code: INCOMPLETE,
    message: /exactly 5/,
  },
  'another terminator': {
    authorization: (value) => value.replace('aws4_request', 'aws5_request'),
    code: INVALID,
    message: "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'.",
  },
  "another day's scope": {
    authorization: (value) => value.replace('20260102', '20260101'),
    code: INVALID,
    message:
      'Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: ' +
      "'20260101' != '20260102', from '20260102T030405Z'.",
  },
  'a region that is none': {
    authorization: (value) => value.replace('eu-central-1', 'EU_1'),
    code: INVALID,
    message: "Credential should be scoped to a valid region, not 'EU_1'.",
  },
  "another service's scope": {
    authorization: (value) => value.replace('/kms/', '/s3/'),
    code: INVALID,
    message: "Credential should be scoped to correct service: 'kms'.",
  },
  'a date in another form': {
    date: () => '2026-01-02T03:04:05Z',
    code: INCOMPLETE,
    message: /^Date must be in ISO-8601 'basic format'\. Got '2026-01-02T03:04:05Z'\./,
  },
  'a day that does not exist': { date: () => '20260230T030405Z', code: INCOMPLETE, message: /Got '20260230T030405Z'/ },
}

for (const [what, { authorization, date, code, message }] of Object.entries(CASES)) {
  test(`${what} is refused with AWS's error`, async () => {
    const changed = withHeader(signed(), 'authorization', authorization ?? ((value) => value))
    await assert.rejects(verify(withHeader(changed, 'x-amz-date', date ?? ((value) => value))), { code, message })
  })
}

test('a request without a date is refused', async () => {
  await assert.rejects(verify(minusHeader(signed(), 'x-amz-date')), {
    code: INCOMPLETE,
    message: "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
  })
})

test('a request without any signature is refused', async () => {
  const error = { code: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' }
  const bare = minusHeader(signed(), 'authorization')
  await assert.rejects(verify(bare), error)
  await assert.rejects(verify({ ...bare, query: 'Action=GetCallerIdentity&X-Amz-Target=a' }), error)
  await assert.rejects(verify(arrived({}, new Uint8Array(0))), error)
})

test('whatever the headers say, a stranger gets an error of AWS and never a bug', async () => {
  const authorization = valueOf(signed(), 'authorization')
  const mutated = fc
    .tuple(fc.nat(authorization.length), fc.nat(8), fc.string({ maxLength: 8 }))
    .map(([at, remove, insert]) => authorization.slice(0, at) + insert + authorization.slice(at + remove))
  const name = fc.oneof(
    fc.constantFrom('__proto__', 'constructor', 'toString', 'host', 'x-amz-date', 'x-amz-security-token'),
    fc.string(),
  )
  const value = fc.oneof(mutated, fc.string())
  const headers = fc.array(fc.tuple(name, value))
  await fc.assert(
    fc.asyncProperty(value, headers, async (authorizationValue, more) => {
      const base = withHeader(signed(), 'authorization', () => authorizationValue)
      const request = more.reduce((sent, [another, itsValue]) => plusHeader(sent, another, itsValue), base)
      const outcome = await verify(request).catch((error: unknown) => error)
      const isAccepted = outcome !== null && typeof outcome === 'object' && 'principal' in outcome
      assert.ok(isAccepted || outcome instanceof ServiceError, String(outcome))
      assert.ok(!isAccepted || authorizationValue.includes(authorization.slice(-64)))
    }),
    { numRuns: 3000 },
  )
})
