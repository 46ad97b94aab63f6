import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { Secret } from '../../src/secret.ts'
import { canonicalRequest } from '../../src/sigv4/canonical.ts'
import { signature, signingKey, signRequest, stringToSign } from '../../src/sigv4/sign.ts'
import { formatAmzDate } from '../../src/sigv4/time.ts'
import { nodeHash } from '../support/hash.ts'

/** The published SigV4 test suite's credentials, scope and time. */
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const SCOPE = { date: '20150830', region: 'us-east-1', service: 'service' }
const AMZ_DATE = '20150830T123600Z'
const EMPTY_HASH = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'

const encoder = new TextEncoder()

test('get-vanilla of the published test suite', () => {
  const canonical = canonicalRequest({
    method: 'GET',
    path: '/',
    query: '',
    headers: { host: 'example.amazonaws.com', 'x-amz-date': AMZ_DATE },
    signedHeaders: ['host', 'x-amz-date'],
    payloadHash: EMPTY_HASH,
  })
  const toSign = stringToSign(AMZ_DATE, SCOPE, canonical, nodeHash)
  assert.equal(
    toSign,
    'AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/service/aws4_request\n' +
      'bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63',
  )
  const signed = signature(signingKey(SECRET, SCOPE, nodeHash), toSign, nodeHash)
  assert.equal(signed, '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31')
})

test('signRequest gives get-vanilla the published Authorization header', () => {
  const headers = signRequest(
    { method: 'GET', url: new URL('https://example.amazonaws.com/'), headers: {}, body: new Uint8Array(0) },
    { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET },
    { region: 'us-east-1', service: 'service', time: new Date('2015-08-30T12:36:00Z') },
    nodeHash,
  )
  assert.deepEqual(headers, {
    host: 'example.amazonaws.com',
    'x-amz-date': AMZ_DATE,
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, ' +
      'Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  })
})

test('a secret access key may be a Secret, whose bytes stay its own', () => {
  const secret = Secret.of(encoder.encode(SECRET))
  assert.deepEqual(signingKey(secret, SCOPE, nodeHash), signingKey(SECRET, SCOPE, nodeHash))
  assert.deepEqual(secret.reveal(), encoder.encode(SECRET))
})

/** The official SDK's own signer, an implementation independent of ours, from where the SDK finds it. */
interface Signer {
  sign(request: object, options: { signingDate: Date }): Promise<{ headers: Record<string, string> }>
}
const sdkRequire = createRequire(createRequire(import.meta.url).resolve('@aws-sdk/client-kms/package.json'))
const { SignatureV4 } = sdkRequire('@smithy/signature-v4') as { SignatureV4: new (options: object) => Signer }

/** The hash in the form that the other implementation wants. */
class Sha256 {
  readonly #key: Uint8Array | undefined
  #data = Buffer.alloc(0)

  constructor(key?: string | Uint8Array) {
    this.#key = key === undefined ? undefined : Buffer.from(key as Uint8Array)
  }

  update(data: string | Uint8Array): void {
    this.#data = Buffer.concat([this.#data, Buffer.from(data as Uint8Array)])
  }

  digest(): Promise<Uint8Array> {
    const text = this.#data.toString('utf8')
    const hashed =
      this.#key === undefined ? Buffer.from(nodeHash.sha256Hex(this.#data), 'hex') : nodeHash.hmac(this.#key, text)
    return Promise.resolve(hashed)
  }

  reset(): void {
    this.#data = Buffer.alloc(0)
  }
}

test('signs every request as an independent implementation does', async () => {
  const token = fc.string({ unit: fc.constantFrom(...'abcXYZ019-_.~'), minLength: 1, maxLength: 10 })
  const value = fc.string({ unit: fc.constantFrom(...'ab 1\t;,="/+é'), maxLength: 12 })
  const text = fc.string({ unit: fc.constantFrom(..."aZ0 -_.~!'()*+&=%/?é😀"), maxLength: 8 })
  const request = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT'),
    path: fc.array(
      text.filter((segment) => segment !== '' && !/^\.{1,2}$/.test(segment)),
      { maxLength: 3 },
    ),
    query: fc.dictionary(
      text.filter((name) => name !== ''),
      text,
      { maxKeys: 4 },
    ),
    headers: fc.dictionary(
      token.map((name) => `x-${name.toLowerCase()}`),
      value,
      { maxKeys: 4 },
    ),
    body: fc.uint8Array({ maxLength: 40 }),
    sessionToken: fc.option(token, { nil: undefined }),
    region: token,
    time: fc.date({ noInvalidDate: true, min: new Date('2000-01-01'), max: new Date('2100-01-01') }),
  })
  await fc.assert(
    fc.asyncProperty(request, async ({ method, path, query, headers, body, sessionToken, region, time }) => {
      const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET, ...(sessionToken && { sessionToken }) }
      const url = new URL(`https://kms.example.com:8443/${path.map(encodeURIComponent).join('/')}`)
      url.search = Object.entries(query)
        .map((pair) => pair.map(encodeURIComponent).join('='))
        .join('&')
      const ours = signRequest({ method, url, headers, body }, credentials, { region, service: 'kms', time }, nodeHash)
      const signer = new SignatureV4({
        credentials,
        region,
        service: 'kms',
        sha256: Sha256,
        applyChecksum: false,
      })
      const sent = {
        method,
        protocol: 'https:',
        hostname: 'kms.example.com',
        path: url.pathname,
        query,
        headers: { ...headers, host: 'kms.example.com:8443' },
        body,
      }
      const theirs = await signer.sign(sent, { signingDate: time })
      assert.equal(ours['authorization'], theirs.headers['authorization'])
      assert.equal(ours['x-amz-date'], formatAmzDate(time))
    }),
    { numRuns: 500 },
  )
})
