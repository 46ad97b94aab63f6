import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ERROR_STATUS, ServiceError, serviceError } from '../src/errors.ts'
import type { ErrorCode } from '../src/errors.ts'
import { ERRORS as IAM_ERRORS } from '../src/model/iam.gen.ts'
import { ERRORS as STS_ERRORS } from '../src/model/sts.gen.ts'
import { QUERY_ERROR_STATUS, queryError, toQueryError } from '../src/query-errors.ts'
import type { QueryErrorCode } from '../src/query-errors.ts'

test('codes have the statuses that AWS documents', () => {
  const facts: Partial<Record<QueryErrorCode, number>> = {
    AccessDenied: 403,
    ConcurrentModification: 409,
    DeleteConflict: 409,
    EntityAlreadyExists: 409,
    EntityTemporarilyUnmodifiable: 409,
    ExpiredToken: 403,
    ExpiredTokenException: 400,
    IDPCommunicationError: 400,
    IDPRejectedClaim: 403,
    IncompleteSignature: 400,
    InvalidAction: 400,
    InvalidClientTokenId: 403,
    InvalidIdentityToken: 400,
    InvalidInput: 400,
    LimitExceeded: 409,
    MalformedPolicyDocument: 400,
    MissingAuthenticationToken: 403,
    NoSuchEntity: 404,
    PackedPolicyTooLarge: 400,
    PolicyNotAttachable: 400,
    RegionDisabledException: 403,
    ServiceFailure: 500,
    SignatureDoesNotMatch: 403,
    Throttling: 400,
    UnmodifiableEntity: 400,
    ValidationError: 400,
  }
  for (const [code, status] of Object.entries(facts)) {
    assert.equal(queryError(code as QueryErrorCode).status, status, code)
  }
})

test('IAM and STS agree on the codes that both have', () => {
  const shared = Object.entries(IAM_ERRORS).filter(([code]) => Object.hasOwn(STS_ERRORS, code))
  assert.ok(shared.length > 0)
  for (const [code, status] of shared) assert.equal((STS_ERRORS as Record<string, number>)[code], status)
})

test('the table cannot be changed', () => {
  assert.throws(() => ((QUERY_ERROR_STATUS as Record<string, number>)['NoSuchEntity'] = 200), TypeError)
})

const COUNTERPARTS: readonly [ErrorCode, QueryErrorCode][] = [
  ['AccessDeniedException', 'AccessDenied'],
  ['ExpiredTokenException', 'ExpiredToken'],
  ['IncompleteSignatureException', 'IncompleteSignature'],
  ['InvalidSignatureException', 'SignatureDoesNotMatch'],
  ['UnrecognizedClientException', 'InvalidClientTokenId'],
  ['ThrottlingException', 'Throttling'],
  ['KMSInternalException', 'InternalFailure'],
]

for (const [code, expected] of COUNTERPARTS) {
  test(`${code} is ${expected} in the Query protocol, with its status and the same message`, () => {
    const cause = serviceError(code, 'why')
    const error = toQueryError(cause)
    assert.ok(error instanceof ServiceError)
    assert.deepEqual(
      [error.code, error.status, error.message, error.cause],
      [expected, QUERY_ERROR_STATUS[expected], 'why', cause],
    )
    assert.equal(toQueryError(serviceError(code)).hasMessage, false)
  })
}

test('a request without a signature is told so in the Query services’ own sentence', () => {
  const error = toQueryError(serviceError('MissingAuthenticationTokenException', 'Missing Authentication Token'))
  assert.deepEqual(
    [error.code, error.status, error.message],
    ['MissingAuthenticationToken', 403, 'Request is missing Authentication Token'],
  )
})

test('every code that is common to all services has a counterpart', () => {
  const codes = Object.keys(ERROR_STATUS) as ErrorCode[]
  const common = codes.slice(codes.indexOf('AccessDeniedException'))
  assert.equal(common.length, 11)
  for (const code of common) assert.notEqual(toQueryError(serviceError(code)).code, code)
})

test('an error of a Query service stays what it is, also where authentication has one of the same name', () => {
  const expiredWebIdentity = queryError('ExpiredTokenException', 'The token is too old.')
  assert.equal(toQueryError(expiredWebIdentity), expiredWebIdentity)
  const large = new ServiceError('RequestEntityTooLargeException', 413)
  assert.equal(toQueryError(large), large)
})

test('codes are checked at compile time', () => {
  // @ts-expect-error: not one of the codes
  const code: QueryErrorCode = 'NoSuchThing'
  assert.equal(QUERY_ERROR_STATUS[code], undefined)
})
