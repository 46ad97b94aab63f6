import assert from 'node:assert/strict'
import { test } from 'node:test'
import { devCaller } from '../../../src/identity/authentication/dev-caller.ts'
import { forwardedVerifier } from '../../../src/identity/authentication/forwarded.ts'
import type { RawRequest } from '../../../src/identity/authentication/raw-request.ts'
import { sigV4Verifier } from '../../../src/identity/authentication/verify-sigv4.ts'
import { systemRandom } from '../../../src/crypto/random.ts'
import { orWebIdentity } from '../../../src/identity/authentication/web-identity-caller.ts'
import type { Directory } from '../../../src/identity/directory/directory.ts'
import { accessKey, minusHeader, presigned, signed, withHeader } from './fixture.ts'

/** What a stranger sends to make the server work, in a request that is right in all else. */
const CHANGES: Record<string, (authorization: string) => string> = {
  'a signed header named 1,550 times': (text) => signing(text, Array.from({ length: 1550 }, () => 'host').join(';')),
  'a signed header named twice': (text) => signing(text, 'content-type;host;host;x-amz-date;x-amz-target'),
  'signed headers out of order': (text) => signing(text, 'host;content-type;x-amz-date;x-amz-target'),
  '101 signed headers': (text) =>
    signing(text, Array.from({ length: 101 }, (_, index) => `a${1000 + index}`).join(';')),
  'an access key id of 10,000 characters': (text) => text.replace('AKIDEXAMPLE', 'A'.repeat(10_000)),
}

for (const [what, change] of Object.entries(CHANGES)) {
  test(`${what}: refused before any access key is looked up`, async () => {
    let lookups = 0
    const accessKeys = {
      find: async () => {
        lookups += 1
        return accessKey()
      },
    }
    const verify = sigV4Verifier({ accessKeys, random: systemRandom, services: ['kms'] })
    const request: RawRequest = withHeader(signed(), 'authorization', change)
    await assert.rejects(verify(request), { code: 'IncompleteSignatureException' })
    await assert.rejects(devCaller({ accessKeys, services: ['kms'] })(request), {
      code: 'IncompleteSignatureException',
    })
    const { method, path, query, headers, receivedAtMs } = withHeader(
      signed({ service: 'backup' }),
      'authorization',
      change,
    )
    const forwarded = { method, path, query, headers, receivedAtMs, payloadHash: '0'.repeat(64) }
    await assert.rejects(forwardedVerifier({ accessKeys, random: systemRandom })(forwarded, 'backup'), {
      code: 'IncompleteSignatureException',
    })
    assert.equal(lookups, 0)
    await verify(signed())
    assert.equal(lookups, 1)
  })
}

function signing(authorization: string, names: string): string {
  return authorization.replace(/SignedHeaders=[^,]+/, `SignedHeaders=${names}`)
}

const LONG = 16 * 1024

/** The same in a query, which has no more than a request's headers may have. */
const PRESIGNED: Record<string, RawRequest> = {
  'a signed header named twice': presigned({ parameters: { 'X-Amz-SignedHeaders': 'host;host' } }),
  '101 signed headers': presigned({
    parameters: { 'X-Amz-SignedHeaders': Array.from({ length: 101 }, (_, index) => `a${1000 + index}`).join(';') },
  }),
  'an access key id of 10,000 characters': presigned({
    credentials: { accessKeyId: 'A'.repeat(10_000), secretAccessKey: 'a' },
  }),
  'nothing but one parameter of a signature': presigned({ query: 'X-Amz-Date&'.repeat(LONG / 11) }),
  'parameters of unfinished escapes': presigned({ query: '%&'.repeat(400) }),
  'parameters of bytes that are no UTF-8': presigned({ query: '%FF=%FF&'.repeat(400) }),
  'one parameter too many': presigned({ query: 'a&'.repeat(994) }),
  'nothing but unfinished escapes': { ...presigned(), query: `X-Amz-Date=${'%'.repeat(LONG)}` },
}

for (const [what, request] of Object.entries(PRESIGNED)) {
  test(`${what}, in a query: refused before any access key is looked up`, async () => {
    const accessKeys = { find: () => assert.fail('an access key was looked up') }
    const verify = sigV4Verifier({ accessKeys, random: systemRandom, services: ['kms'] })
    await assert.rejects(verify(request), { code: 'IncompleteSignatureException' })
    await assert.rejects(devCaller({ accessKeys, services: ['kms'] })(request), {
      code: 'IncompleteSignatureException',
    })
  })
}

test('a query of as many parameters as a form may have is verified', async () => {
  const accessKeys = { find: async () => accessKey() }
  const verify = sigV4Verifier({ accessKeys, random: systemRandom, services: ['kms'] })
  await verify(presigned({ query: 'a&'.repeat(993) }))
})

for (const query of ['%&'.repeat(400), '%FF&'.repeat(400), 'a&'.repeat(1000)]) {
  test(`a query of ${query.slice(0, 4)}… is refused beside a signature in a header, and in a forwarded request`, async () => {
    const accessKeys = { find: () => assert.fail('an access key was looked up') }
    const verify = sigV4Verifier({ accessKeys, random: systemRandom, services: ['kms'] })
    await assert.rejects(verify(signed({ query })), { code: 'IncompleteSignatureException' })
    const { method, path, headers, receivedAtMs } = signed({ service: 'backup', query })
    const forwarded = { method, path, query, headers, receivedAtMs, payloadHash: '0'.repeat(64) }
    await assert.rejects(forwardedVerifier({ accessKeys, random: systemRandom })(forwarded, 'backup'), {
      code: 'IncompleteSignatureException',
    })
  })

  test(`a query of ${query.slice(0, 4)}… is refused before it is looked for a web identity's token`, async () => {
    const unused = (): never => assert.fail('it was read')
    const directory = { oidcProvider: unused } as unknown as Directory
    const authenticate = orWebIdentity(unused, { verifyToken: unused, directory })
    for (const request of [presigned({ query }), minusHeader(signed({ query }), 'authorization')]) {
      await assert.rejects(authenticate(request), { code: 'IncompleteSignatureException' })
    }
  })
}
