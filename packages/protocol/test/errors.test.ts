import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeError, ERROR_STATUS, ServiceError, serviceError } from '../src/errors.ts'
import type { ErrorCode } from '../src/errors.ts'
import { KMS } from '../src/model/kms.ts'

const bodyOf = (error: ServiceError): string => new TextDecoder().decode(encodeError(error))

test('every client error is 400, and only three errors are the server’s', () => {
  const others = Object.entries(ERROR_STATUS).filter(([, status]) => status !== 400)
  assert.deepEqual(Object.fromEntries(others), {
    DependencyTimeoutException: 503,
    KMSInternalException: 500,
    KeyUnavailableException: 500,
  })
})

test('the table has every error that an operation declares', () => {
  const declared = new Set<string>(Object.values(KMS.operations).flatMap(({ errors }) => errors))
  assert.deepEqual(
    [...declared].filter((code) => !Object.hasOwn(ERROR_STATUS, code)),
    [],
  )
  assert.ok(declared.size > 40)
})

test('the table cannot be changed', () => {
  assert.throws(() => ((ERROR_STATUS as Record<string, number>)['NotFoundException'] = 404), TypeError)
})

test('an error has the status of its code, its message and its cause', () => {
  const cause = new Error('why')
  const error = serviceError('KeyUnavailableException', 'later', { cause })
  assert.ok(error instanceof ServiceError && error instanceof Error)
  assert.deepEqual(
    [error.code, error.status, error.message, error.cause],
    ['KeyUnavailableException', 500, 'later', cause],
  )
})

test('a body has the bare code and a lower-case message', () => {
  const error = serviceError('NotFoundException', `Key 'x"\n' does not exist`)
  assert.equal(bodyOf(error), String.raw`{"__type":"NotFoundException","message":"Key 'x\"\n' does not exist"}`)
})

test('where AWS sends no message the member is left out; an empty message is sent', () => {
  assert.equal(bodyOf(serviceError('InvalidCiphertextException')), '{"__type":"InvalidCiphertextException"}')
  assert.equal(serviceError('InvalidCiphertextException').message, '')
  assert.equal(bodyOf(serviceError('TagException', '')), '{"__type":"TagException","message":""}')
})

test('a message that quotes ill-formed text is still well-formed JSON', () => {
  const body = bodyOf(serviceError('ValidationException', 'Value \ud800'))
  assert.deepEqual(JSON.parse(body), { __type: 'ValidationException', message: 'Value \ud800' })
})

test('codes are checked at compile time', () => {
  // @ts-expect-error: not one of the codes
  const code: ErrorCode = 'NoSuchException'
  assert.equal(ERROR_STATUS[code], undefined)
})
