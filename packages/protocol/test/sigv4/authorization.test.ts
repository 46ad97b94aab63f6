import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatAuthorization, MAX_SIGNED_HEADERS, parseAuthorization } from '../../src/sigv4/authorization.ts'

const CREDENTIAL = 'AKIDEXAMPLE/20150830/us-east-1/kms/aws4_request'
const AUTHORIZATION = {
  accessKeyId: 'AKIDEXAMPLE',
  date: '20150830',
  region: 'us-east-1',
  service: 'kms',
  signedHeaders: ['host', 'x-amz-date'],
  signature: 'ab12',
}

const header = (...parameters: string[]): string => `AWS4-HMAC-SHA256 ${parameters.join(', ')}`

test('reads what it writes', () => {
  const text = formatAuthorization(AUTHORIZATION)
  assert.equal(text, header(`Credential=${CREDENTIAL}`, 'SignedHeaders=host;x-amz-date', 'Signature=ab12'))
  assert.deepEqual(parseAuthorization(text), { authorization: AUTHORIZATION })
})

test('order and spacing of the parameters do not matter', () => {
  const text = `AWS4-HMAC-SHA256 Signature=ab12,SignedHeaders=host;x-amz-date,  Credential=${CREDENTIAL} `
  assert.deepEqual(parseAuthorization(text), { authorization: AUTHORIZATION })
})

const signing = (names: string): string =>
  header(`Credential=${CREDENTIAL}`, `SignedHeaders=${names}`, 'Signature=ab12')
const rest = ['SignedHeaders=host', 'Signature=ab12']
const PROBLEMS: Record<string, object> = {
  '': { kind: 'algorithm' },
  'Basic dXNlcjpwYXNz': { kind: 'algorithm' },
  'AWS4-HMAC-SHA256Credential=x': { kind: 'algorithm' },
  'AWS4-ECDSA-P256-SHA256 Credential=x': { kind: 'algorithm' },
  'AWS4-HMAC-SHA256': { kind: 'missing', parameters: ['Credential', 'Signature', 'SignedHeaders'] },
  [header(`Credential=${CREDENTIAL}`)]: { kind: 'missing', parameters: ['Signature', 'SignedHeaders'] },
  [header(`Credential=${CREDENTIAL}`, 'SignedHeaders=', 'Signature=x')]: {
    kind: 'missing',
    parameters: ['SignedHeaders'],
  },
  [header('Credential', ...rest)]: { kind: 'parameter', text: 'Credential' },
  [header('credential=x', ...rest)]: { kind: 'parameter', text: 'credential=x' },
  [header('__proto__=x', ...rest)]: { kind: 'parameter', text: '__proto__=x' },
  [header(`Credential=${CREDENTIAL}`, 'Signature=a', ...rest)]: { kind: 'parameter', text: 'Signature=ab12' },
  [header('Credential=AKID', ...rest)]: { kind: 'credential', credential: 'AKID' },
  [header(`Credential=x/${CREDENTIAL}`, ...rest)]: { kind: 'credential', credential: `x/${CREDENTIAL}` },
  [header('Credential=/20150830/r/kms/aws4_request', ...rest)]: {
    kind: 'credential',
    credential: '/20150830/r/kms/aws4_request',
  },
  [header('Credential=A/20150830/r/kms/aws5', ...rest)]: { kind: 'terminator', terminator: 'aws5' },
  [signing('host;host')]: { kind: 'signed headers' },
  [signing('host;x-amz-date;host')]: { kind: 'signed headers' },
  [signing('x-amz-date;host')]: { kind: 'signed headers' },
}

for (const [text, problem] of Object.entries(PROBLEMS)) {
  test(`says what is wrong with '${text}'`, () => assert.deepEqual(parseAuthorization(text), { problem }))
}

test('as many headers may be signed as the limit says, and an access key id may be as long as its limit', () => {
  const names = (count: number): string => Array.from({ length: count }, (_, index) => `h${1000 + index}`).join(';')
  assert.equal(parseAuthorization(signing(names(MAX_SIGNED_HEADERS))).authorization?.signedHeaders.length, 100)
  assert.deepEqual(parseAuthorization(signing(names(MAX_SIGNED_HEADERS + 1))), { problem: { kind: 'signed headers' } })
  const withId = (length: number): string =>
    header(`Credential=${'A'.repeat(length)}/20150830/r/kms/aws4_request`, ...rest)
  assert.equal(parseAuthorization(withId(128)).authorization?.accessKeyId.length, 128)
  assert.equal(parseAuthorization(withId(129)).problem?.kind, 'credential')
})
