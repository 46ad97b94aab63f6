import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServiceError } from '@keyhold/protocol'
import fc from 'fast-check'
import { devCaller } from '../../../src/identity/authentication/dev-caller.ts'
import { forwardedVerifier } from '../../../src/identity/authentication/forwarded.ts'
import type { RawRequest } from '../../../src/identity/authentication/raw-request.ts'
import { systemRandom } from '../../../src/crypto/random.ts'
import {
  accessKey,
  CREDENTIALS,
  NOW_MS,
  oneAccessKey,
  plusHeader,
  type Presigning,
  presigned as anyPresigned,
  PRINCIPAL,
  signed,
  verifierOf,
} from './fixture.ts'

const SERVICES = ['kms', 'sts', 'iam'] as const
const presigned = (signing: Presigning = {}): RawRequest => anyPresigned({ service: 'sts', ...signing })
const verify = async (request: RawRequest): Promise<string> =>
  (await verifierOf(accessKey, [...SERVICES])(request)).principal.arn
const inDev = devCaller({ accessKeys: oneAccessKey(), services: [...SERVICES] })

const WRONG = 'InvalidSignatureException'
const INCOMPLETE = 'IncompleteSignatureException'

async function refused(request: RawRequest, code: string, message?: RegExp): Promise<void> {
  await assert.rejects(verify(request), { code, status: 400, ...(message && { message }) })
}

for (const service of SERVICES) {
  for (const method of ['GET', 'POST']) {
    test(`a signature in the query is verified: ${method} of ${service}`, async () => {
      const body = method === 'POST' ? '{"KeyId":"alias/a"}' : ''
      const headers = { 'x-amz-target': 'TrentService.DescribeKey' }
      const request = presigned({ service, method, body, headers })
      assert.equal(await verify(request), PRINCIPAL.arn)
      await refused({ ...request, body: Buffer.from('{}') }, WRONG)
      await refused({ ...request, method: method === 'GET' ? 'POST' : 'GET' }, WRONG)
      await refused({ ...request, path: '/a' }, WRONG)
    })
  }
}

test('any changed character of the query is refused', async () => {
  const request = presigned()
  for (let at = 0; at < request.query.length; at += 1) {
    if ('&=%'.includes(request.query[at]!)) continue
    const query = `${request.query.slice(0, at)}~${request.query.slice(at + 1)}`
    await assert.rejects(verify({ ...request, query }), ServiceError, query)
  }
  for (const added of ['&Action=ListUsers', '&a', '&X-Amz-Target=a']) {
    await refused({ ...request, query: request.query + added }, WRONG)
  }
})

test('a request signed with any query is accepted, and one whose parameters mean something else is not', async () => {
  const text = fc.string({ unit: fc.constantFrom('a', '+', ' ', '%', '&', '=', '/', 'é', '✓'), maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(text, text, async (value, other) => {
      const query = (one: string, space: string): string => `a=${encodeURIComponent(one).replaceAll('%20', space)}`
      const request = presigned({ query: query(value, '%20') })
      assert.equal(await verify(request), PRINCIPAL.arn)
      const spelled = { ...request, query: request.query.replace(query(value, '%20'), query(value, '+')) }
      assert.equal(await verify(spelled), PRINCIPAL.arn)
      if (other === value) return
      const changed = request.query.replace(query(value, '%20'), () => query(other, '+'))
      await refused({ ...request, query: changed }, WRONG)
      const bare = other.replaceAll(/[&=%]/g, '')
      const spelledBare = request.query.replace(query(value, '%20'), () => `a=${bare}`)
      if (bare.replaceAll('+', ' ') !== value) await refused({ ...request, query: spelledBare }, WRONG)
    }),
    { numRuns: 200 },
  )
})

const MISSING = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-SignedHeaders'] as const
for (const name of MISSING) {
  test(`a signature in the query without ${name} is refused in AWS’s words`, async () => {
    const message = `AWS query-string parameters must include '${name}'. Re-examine the query-string parameters.`
    for (const value of [undefined, '']) {
      await assert.rejects(verify(presigned({ parameters: { [name]: value } })), { code: INCOMPLETE, message })
    }
  })
}

test('a query that has nothing but one parameter of a signature is told of all others', async () => {
  for (const query of ['X-Amz-Expires=60', 'x%2Damz-expires=60', 'X-Amz-Security-Token']) {
    await refused({ ...presigned(), query }, INCOMPLETE, /'X-Amz-Signature'.*'X-Amz-Algorithm'.*'X-Amz-Credential'/)
  }
})

const WRONG_PARAMETERS: Record<string, readonly [Record<string, string>, RegExp]> = {
  'another algorithm': [{ 'X-Amz-Algorithm': 'AWS4-ECDSA-P256-SHA256' }, /Unsupported AWS 'algorithm'/],
  'a credential of four parts': [{ 'X-Amz-Credential': 'AKIDEXAMPLE/20260102/eu-central-1/sts' }, /exactly 5/],
  'a day other than the credential’s': [{ 'X-Amz-Date': '20260103T030405Z' }, /Date in Credential scope/],
  'a date in HTTP’s form': [{ 'X-Amz-Date': 'Fri, 02 Jan 2026 03:04:05 GMT' }, /'basic format'/],
  'no seconds to be valid': [{ 'X-Amz-Expires': '0' }, /from 1 to 604800/],
  'more than a week': [{ 'X-Amz-Expires': '604801' }, /from 1 to 604800/],
  'a time before': [{ 'X-Amz-Expires': '-1' }, /from 1 to 604800/],
  'a time in parts of seconds': [{ 'X-Amz-Expires': '1.5' }, /from 1 to 604800/],
  'a time that is no number': [{ 'X-Amz-Expires': '' }, /from 1 to 604800/],
  'headers out of order': [{ 'X-Amz-SignedHeaders': 'x-amz-date;host' }, /alphabetical order/],
  'an unsigned host': [{ 'X-Amz-SignedHeaders': 'a' }, /'Host' must be a 'SignedHeader'/],
  'a header that was not sent': [{ 'X-Amz-SignedHeaders': 'host;x-a' }, /'x-a' is not part of the request/],
  'a streamed body': [{ 'X-Amz-Content-Sha256': 'UNSIGNED-PAYLOAD' }, /must be the SHA-256/],
}
for (const [what, [parameters, message]] of Object.entries(WRONG_PARAMETERS)) {
  test(`a signature in the query is refused for ${what}, in serve and in dev`, async () => {
    const request = presigned({ parameters })
    await assert.rejects(verify(request), { message })
    await assert.rejects(inDev(request), { message })
  })
}

test('the hash that a query says its body has must be its hash', async () => {
  const hash = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  const declaring = (value: string): RawRequest =>
    presigned({ method: 'POST', body: 'abc', parameters: { 'X-Amz-Content-Sha256': value } })
  assert.equal(await verify(declaring(hash)), PRINCIPAL.arn)
  await refused(declaring(hash.replace('b', 'c')), WRONG)
  await refused(presigned({ method: 'POST', body: 'abc', payloadHash: 'UNSIGNED-PAYLOAD' }), WRONG)
})

test('a signature in the query is good for as long as it says, from five minutes before', async () => {
  const at = (request: RawRequest, seconds: number): RawRequest => ({
    ...request,
    receivedAtMs: NOW_MS + seconds * 1000,
  })
  for (const expires of [1, 60, 604_800]) {
    const request = presigned({ parameters: { 'X-Amz-Expires': String(expires) } })
    assert.equal(await verify(at(request, expires)), PRINCIPAL.arn)
    assert.equal(await verify(at(request, -300)), PRINCIPAL.arn)
    await refused(at(request, expires + 1), WRONG, /^Signature expired: 20260102T030405Z is now earlier than /)
    await refused(at(request, -301), WRONG, /^Signature not yet current/)
  }
  const undated = presigned({ parameters: { 'X-Amz-Expires': undefined } })
  assert.equal(await verify(at(undated, 300)), PRINCIPAL.arn)
  await refused(at(undated, 301), WRONG, /- 5 min\.\)$/)
})

test('a Kubernetes token is good for a quarter of an hour, whatever it says', async () => {
  const headers = { 'x-k8s-aws-id': 'cluster' }
  for (const expires of ['60', '604800', undefined]) {
    const request = presigned({ headers, parameters: { 'X-Amz-Expires': expires } })
    assert.equal(await verify({ ...request, receivedAtMs: NOW_MS + 900_000 }), PRINCIPAL.arn)
    await refused({ ...request, receivedAtMs: NOW_MS + 901_000 }, WRONG, /^Signature expired/)
    await refused({ ...request, headers: new Map(request.headers).set('x-k8s-aws-id', ['other']) }, WRONG)
  }
  const ofIam = { ...presigned({ headers, service: 'iam' }), receivedAtMs: NOW_MS + 61_000 }
  await refused(ofIam, WRONG, /^Signature expired/)
  for (const query of ['Action=AssumeRole&Version=2011-06-15', '', 'XAction=GetCallerIdentity']) {
    const ofAnother = { ...presigned({ headers, query }), receivedAtMs: NOW_MS + 61_000 }
    await refused(ofAnother, WRONG, /^Signature expired/)
  }
  const unsignedHeader = { ...plusHeader(presigned(), 'x-k8s-aws-id', 'a'), receivedAtMs: NOW_MS + 61_000 }
  await refused(unsignedHeader, WRONG, /^Signature expired/)
})

test('a session token is taken from the query, whether it was signed or added after signing', async () => {
  const credentials = { ...CREDENTIALS, accessKeyId: 'ASIDEXAMPLE', sessionToken: 'a+token/=' }
  for (const tokenLast of [false, true]) {
    const request = presigned({ credentials, tokenLast })
    assert.equal(await verify(request), PRINCIPAL.arn)
    const another = { ...request, query: request.query.replace('a%2Btoken', 'another') }
    await refused(another, 'UnrecognizedClientException')
    const without = { ...request, query: request.query.replace(/&X-Amz-Security-Token=[^&]*/, '') }
    await refused(without, 'UnrecognizedClientException')
    await refused({ ...request, query: `${request.query}&X-Amz-Security-Token=b` }, INCOMPLETE, /must not be repeated/)
    await refused(plusHeader(request, 'x-amz-security-token', 'a+token/='), INCOMPLETE, /must not be repeated/)
  }
  const longTerm = presigned()
  await refused({ ...longTerm, query: `${longTerm.query}&X-Amz-Security-Token=a` }, 'UnrecognizedClientException')
})

test('a signature in the query and one in a header are refused together, even when both are right', async () => {
  const request = presigned()
  const both = { ...signed({ query: request.query, service: 'sts' }), query: request.query }
  await refused(both, INCOMPLETE, /^Only one auth mechanism allowed/)
  for (const query of ['X-Amz-Signature=0', 'x-amz-signature', '%58-Amz-Date=a']) {
    await refused({ ...signed({ query }), query }, INCOMPLETE, /^Only one auth mechanism allowed/)
  }
  await assert.rejects(inDev(both), { code: INCOMPLETE })
})

test('a parameter of a signature that comes twice, or as a header too, is refused', async () => {
  const request = presigned()
  for (const name of ['X-Amz-Date', 'X-Amz-Credential', 'X-Amz-Signature', 'x-amz-expires', 'X%2DAmz-Algorithm']) {
    await refused({ ...request, query: `${request.query}&${name}=a` }, INCOMPLETE, /must not be repeated/)
  }
  await refused(
    presigned({ headers: { 'x-amz-date': '20260102T030405Z' } }),
    INCOMPLETE,
    /'x-amz-date' must not be repeated, nor be sent as a header too/,
  )
})

test('what a presigned request is sent with must be signed where the service would act on it', async () => {
  const request = presigned({ method: 'POST' })
  await refused(plusHeader(request, 'x-amz-target', 'TrentService.ListKeys'), WRONG, /'x-amz-target' must be a/)
  await refused(plusHeader(request, 'content-encoding', 'gzip'), WRONG, /Content-Encoding/)
  assert.equal(await verify(plusHeader(request, 'content-type', 'text/plain')), PRINCIPAL.arn)
})

test('a development server believes a signature in a query, as it does one in a header', async () => {
  const credentials = { accessKeyId: '123456789012', secretAccessKey: 'anything' }
  const request = presigned({ credentials, timeMs: NOW_MS - 86_400_000 })
  assert.equal((await inDev(request)).principal.arn, 'arn:aws:iam::123456789012:root')
})

test('a request whose signature is in the query cannot be forwarded by a service', async () => {
  const verifyForwarded = forwardedVerifier({ accessKeys: oneAccessKey(), random: systemRandom })
  const { body: _body, ...parts } = presigned({ service: 'backup' })
  const forwarded = { ...parts, payloadHash: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' }
  await assert.rejects(verifyForwarded(forwarded, 'backup'), { code: 'AccessDeniedException' })
})

test('whatever a query says, a stranger gets an error of AWS and never a bug', async () => {
  const request = presigned()
  const mutated = fc
    .tuple(fc.nat(request.query.length), fc.nat(8), fc.string({ maxLength: 8 }))
    .map(([at, remove, insert]) => request.query.slice(0, at) + insert + request.query.slice(at + remove))
  await fc.assert(
    fc.asyncProperty(mutated, async (query) => {
      const outcome = await verify({ ...request, query }).catch((error: unknown) => error)
      assert.ok(outcome === PRINCIPAL.arn || outcome instanceof ServiceError, String(outcome))
    }),
    { numRuns: 1000 },
  )
})

for (const service of SERVICES) {
  test(`an unknown access key in a query is verified at equal cost: ${service}`, async () => {
    const credentials = { ...CREDENTIALS, accessKeyId: 'AKIDUNKNOWN' }
    await refused(presigned({ service, credentials }), 'UnrecognizedClientException')
  })
}
