import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DescribeKeyCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms'
import { Secret } from '@keyhold/protocol'
import fc from 'fast-check'
import type { RawRequest } from '../../../src/identity/authentication/raw-request.ts'
import {
  accessKey,
  arrived,
  CREDENTIALS,
  minusHeader,
  NOW_MS,
  plusHeader,
  PRINCIPAL,
  signed,
  valueOf,
  verifierOf,
  withHeader,
} from './fixture.ts'

const CALLER = {
  principal: PRINCIPAL,
  identityId: PRINCIPAL.principalId,
  accessKeyId: 'AKIDEXAMPLE',
  region: 'eu-central-1',
  service: 'kms',
}
const WRONG =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key ' +
  'and signing method. Consult the service documentation for details.'

const verify = verifierOf()

async function refused(request: RawRequest, code: string, message?: string | RegExp): Promise<void> {
  const expected = message === undefined ? { code, status: 400 } : { code, status: 400, message }
  await assert.rejects(verify(request), expected)
}

/** What the official SDK puts on the wire for a command. */
async function sentBySdk(command: DescribeKeyCommand | EncryptCommand): Promise<RawRequest> {
  let request: RawRequest | undefined
  const client = new KMSClient({
    region: 'eu-central-1',
    endpoint: 'http://localhost:5670',
    credentials: CREDENTIALS,
    maxAttempts: 1,
    requestHandler: {
      async handle({ headers, body }: { headers: Record<string, string>; body: Uint8Array }) {
        request = arrived(headers, new Uint8Array(body), { receivedAtMs: Date.now() })
        throw new Error('captured')
      },
    },
  })
  await assert.rejects(client.send(command as DescribeKeyCommand), /captured/)
  return request ?? assert.fail('the client sent nothing')
}

for (const header of ['X-Forwarded-For', 'Forwarded', 'Via']) {
  test(`a wrong signature behind a proxy, as ${header} shows it, says what to configure`, async () => {
    const changed = withHeader(signed(), 'host', () => 'backend:5670')
    const advice =
      ' The request came through a proxy: configure it to pass on the Host header, the path and the query as'
    await refused(
      plusHeader(changed, header, 'any'),
      'InvalidSignatureException',
      `${WRONG}${advice} the client signed them.`,
    )
    await refused(changed, 'InvalidSignatureException', WRONG)
  })
}

test('a request of our own signer is accepted, its caller and region are known', async () => {
  assert.deepEqual(await verify(signed()), CALLER)
})

test('requests of the official SDK are accepted', async () => {
  for (const command of [
    new DescribeKeyCommand({ KeyId: 'alias/ä' }),
    new EncryptCommand({ KeyId: 'alias/a', Plaintext: new Uint8Array(4096), EncryptionContext: { a: 'ü' } }),
  ]) {
    assert.deepEqual(await verify(await sentBySdk(command)), CALLER)
  }
})

test('a request signed with any query, body and further header is accepted', async () => {
  const word = fc.stringMatching(/^[a-zA-Z0-9 _.~*'()%+-]{1,12}$/)
  const query = fc
    .array(fc.tuple(word, word), { maxLength: 4 })
    .map((pairs) => pairs.map((pair) => pair.map(encodeURIComponent).join('=')).join('&'))
  await fc.assert(
    fc.asyncProperty(query, fc.string({ unit: 'grapheme' }), fc.string(), async (query, body, value) => {
      const request = signed({ query, body, headers: { 'x-amz-meta': value } })
      assert.deepEqual(await verify(request), CALLER)
    }),
  )
})

test('a signed header is hashed as its bytes arrived', async () => {
  const request = signed({ headers: { 'x-amz-name': 'Zoë ✓' } })
  const arrivedValue = Buffer.from('Zoë ✓').toString('latin1')
  assert.deepEqual(await verify(withHeader(request, 'x-amz-name', () => arrivedValue)), CALLER)
  await refused(
    withHeader(request, 'x-amz-name', () => `${arrivedValue.slice(0, -1)}\x94`),
    'InvalidSignatureException',
  )
})

test('every changed character of the signature is refused', async () => {
  const request = signed()
  const start = valueOf(request, 'authorization').indexOf('Signature=') + 'Signature='.length
  for (let at = start; at < start + 64; at += 1) {
    const changed = withHeader(request, 'authorization', (value) => {
      const digit = (parseInt(value[at]!, 16) ^ 1).toString(16)
      return value.slice(0, at) + digit + value.slice(at + 1)
    })
    await refused(changed, 'InvalidSignatureException', WRONG)
  }
})

for (const change of [
  (signature: string) => signature.slice(0, -1),
  (signature: string) => signature.slice(0, -2),
  (signature: string) => `${signature}0`,
  (signature: string) => signature.toUpperCase(),
  (signature: string) => `${signature.slice(0, -1)}g`,
  () => ' ',
]) {
  const shown = change('…abcdef')
  test(`a signature of another form is refused (${shown})`, async () => {
    const request = withHeader(signed(), 'authorization', (value) =>
      value.replace(/(?<=Signature=)\w+/, (signature) => change(signature)),
    )
    await assert.rejects(verify(request), { status: 400, code: /^(InvalidSignature|IncompleteSignature)Exception$/ })
  })
}

test('any one changed byte of the body is refused, and so is any other length', async () => {
  const request = signed()
  for (let at = 0; at < request.body.length; at += 1) {
    await refused(
      { ...request, body: request.body.with(at, request.body[at]! ^ 1) },
      'InvalidSignatureException',
      WRONG,
    )
  }
  await refused({ ...request, body: request.body.subarray(1) }, 'InvalidSignatureException', WRONG)
  await refused({ ...request, body: new Uint8Array(0) }, 'InvalidSignatureException', WRONG)
})

test('another method, path or query is refused', async () => {
  const request = signed()
  for (const change of [{ method: 'PUT' }, { path: '/a' }, { path: '//a' }, { query: 'a=b' }, { query: 'a' }]) {
    await refused({ ...request, ...change }, 'InvalidSignatureException', WRONG)
  }
  await refused({ ...signed({ query: 'a=b' }), query: 'a=c' }, 'InvalidSignatureException', WRONG)
})

test('any changed character of a signed header is refused', async () => {
  for (const request of [signed({ headers: { 'x-amz-extra': 'some value' } })]) {
    for (const name of ['host', 'content-type', 'x-amz-target', 'x-amz-extra']) {
      const length = valueOf(request, name).length
      for (let at = 0; at < length; at += 1) {
        const changed = withHeader(request, name, (value) => `${value.slice(0, at)}~${value.slice(at + 1)}`)
        await refused(changed, 'InvalidSignatureException', WRONG)
      }
    }
  }
})

test('a signed time, region, service or access key that is not the signer’s is refused', async () => {
  const request = signed()
  await refused(
    withHeader(request, 'x-amz-date', (date) => date.replace('05Z', '06Z')),
    'InvalidSignatureException',
    WRONG,
  )
  const inScope = (from: string, to: string): RawRequest =>
    withHeader(request, 'authorization', (value) => value.replace(from, to))
  await refused(inScope('eu-central-1', 'eu-central-2'), 'InvalidSignatureException', WRONG)
  await refused(inScope('/kms/', '/sts/'), 'InvalidSignatureException', /correct service: 'kms'/)
  await refused(inScope('AKIDEXAMPLE', 'AKIDOTHER'), 'UnrecognizedClientException')
})

test('dropping any signed header is refused', async () => {
  const request = signed({ headers: { 'x-amz-empty': '' } })
  for (const name of ['content-type', 'x-amz-target', 'x-amz-empty', 'host']) {
    await refused(minusHeader(request, name), 'InvalidSignatureException', /is not part of the request/)
  }
})

for (const name of ['host', 'x-amz-date', 'x-amz-extra', 'x-amz-target', 'x-amz-content-sha256']) {
  test(`${name} is refused unless it is signed`, async () => {
    const shown = name === 'host' ? 'Host' : name
    await refused(
      signed({ headers: { 'x-amz-extra': 'a', 'x-amz-content-sha256': '0'.repeat(64) }, unsigned: [name] }),
      'InvalidSignatureException',
      `'${shown}' must be a 'SignedHeader' in the AWS Authorization.`,
    )
  })
}

test('content-type need not be signed, as AWS does not sign it, and decides nothing', async () => {
  const request = signed({ unsigned: ['content-type'] })
  assert.deepEqual(await verify(request), CALLER)
  assert.deepEqual(await verify(withHeader(request, 'content-type', () => 'text/plain')), CALLER)
  assert.deepEqual(await verify(minusHeader(request, 'content-type')), CALLER)
})

test('headers that the server ignores need not be signed', async () => {
  const request = plusHeader(plusHeader(signed(), 'User-Agent', 'a'), 'amz-sdk-request', 'attempt=1')
  assert.deepEqual(await verify(request), CALLER)
})

test('host must be signed', async () => {
  const request = withHeader(signed(), 'authorization', (value) => value.replace('host;', ''))
  await refused(request, 'InvalidSignatureException', "'Host' must be a 'SignedHeader' in the AWS Authorization.")
})

for (const name of ['Authorization', 'host', 'X-Amz-Date', 'content-type', 'x-amz-target', 'content-encoding']) {
  test(`a second ${name} is refused, even an equal one`, async () => {
    const request = signed({ headers: { 'content-encoding': 'identity' } })
    const value = valueOf(request, name.toLowerCase())
    await refused(plusHeader(request, name, value), 'IncompleteSignatureException', /must not be repeated/)
  })
}

test('a declared hash of the body must be its hash', async () => {
  const body = 'abc'
  const hash = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
  const declaring = (value: string): RawRequest => signed({ body, headers: { 'x-amz-content-sha256': value } })
  assert.deepEqual(await verify(declaring(hash)), CALLER)
  await refused(declaring(hash.replace('b', 'c')), 'InvalidSignatureException', WRONG)
  const unhashed = ['UNSIGNED-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER', '']
  for (const value of unhashed) {
    await refused(declaring(value), 'InvalidSignatureException', /must be the SHA-256 of the body/)
  }
})

test('an encoded body is refused', async () => {
  const request = signed({ headers: { 'content-encoding': 'aws-chunked' } })
  await refused(request, 'InvalidSignatureException', /Content-Encoding/)
  await refused(plusHeader(signed(), 'Content-Encoding', 'gzip'), 'InvalidSignatureException', /Content-Encoding/)
})

test('a request is good from five minutes before to five minutes after our time', async () => {
  const at = (timeMs: number): RawRequest => signed({ timeMs })
  const limitMs = 5 * 60 * 1000
  assert.deepEqual(await verify(at(NOW_MS - limitMs)), CALLER)
  assert.deepEqual(await verify(at(NOW_MS + limitMs)), CALLER)
  await refused(
    at(NOW_MS - limitMs - 1000),
    'InvalidSignatureException',
    'Signature expired: 20260102T025904Z is now earlier than 20260102T025905Z (20260102T030405Z - 5 min.)',
  )
  await refused(
    at(NOW_MS + limitMs + 1000),
    'InvalidSignatureException',
    'Signature not yet current: 20260102T030906Z is still later than 20260102T030905Z (20260102T030405Z + 5 min.)',
  )
})

test('an unknown or inactive access key, and any session token, are the same to a stranger', async () => {
  const message = 'The security token included in the request is invalid.'
  const unknown = signed({ credentials: { ...CREDENTIALS, accessKeyId: 'AKIDUNKNOWN' } })
  await refused(unknown, 'UnrecognizedClientException', message)
  await refused(unknown, 'UnrecognizedClientException', message)
  const session = signed({ credentials: { ...CREDENTIALS, sessionToken: 'token' } })
  await refused(session, 'UnrecognizedClientException', message)
  const inactive = verifierOf(() => accessKey({ active: false }))
  await assert.rejects(inactive(signed()), { code: 'UnrecognizedClientException', message })
})

test('a changed secret is in force at once, although the old one’s signing key was remembered', async () => {
  let current = accessKey()
  const changing = verifierOf(() => current)
  await changing(signed())
  await changing(signed())
  current = accessKey({ version: 2, secret: Secret.of(new TextEncoder().encode('another secret')) })
  await assert.rejects(changing(signed()), { code: 'InvalidSignatureException' })
  const credentials = { ...CREDENTIALS, secretAccessKey: 'another secret' }
  assert.deepEqual(await changing(signed({ credentials })), CALLER)
})

test('the signing key of one region does not sign in another', async () => {
  await verify(signed())
  const elsewhere = await verify(signed({ region: 'us-gov-west-1' }))
  assert.equal(elsewhere.region, 'us-gov-west-1')
  await refused(
    withHeader(signed(), 'authorization', (value) => value.replace('eu-central-1', 'us-gov-west-1')),
    'InvalidSignatureException',
    WRONG,
  )
})
