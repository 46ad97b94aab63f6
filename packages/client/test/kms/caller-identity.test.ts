import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Account } from '../../src/kms/caller-identity.ts'
import { type CallerPlatform, KmsCaller } from '../../src/kms/caller.ts'
import { type HttpRequest, TransportError } from '../../src/kms/transport.ts'

const CREDENTIALS = () => Promise.resolve({ accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' })

function answering(status: number, body: string): CallerPlatform & { sent: HttpRequest[] } {
  const sent: HttpRequest[] = []
  return {
    sent,
    transport: {
      post: (request) => {
        sent.push(request)
        return Promise.resolve({ status, headers: {}, body: new TextEncoder().encode(body) })
      },
    },
    hash: { sha256Hex: () => '0'.repeat(64), hmac: () => new Uint8Array(32) },
    now: () => new Date(0),
    random: () => 0,
    sleep: () => Promise.resolve(),
  }
}

const ANSWER = `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/a</Arn>
<UserId>U</UserId><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`

function identity(platform: CallerPlatform, region = 'eu-central-1', credentials = CREDENTIALS): Promise<Account> {
  const retry = { maxAttempts: 2, baseDelayMs: 0, maxDelayMs: 0 }
  const endpoint = () => Promise.resolve(undefined)
  return new KmsCaller({ credentials, endpoint, retry, callTimeoutMs: Infinity }, platform).identity({ region })
}

for (const [region, host, partition] of [
  ['eu-central-1', 'sts.eu-central-1.amazonaws.com', 'aws'],
  ['cn-north-1', 'sts.cn-north-1.amazonaws.com.cn', 'aws-cn'],
] as const) {
  test(`asks the STS of ${region} with a request signed for it`, async () => {
    const platform = answering(200, ANSWER.replace('arn:aws:', `arn:${partition}:`))
    assert.deepEqual(await identity(platform, region), { account: '111122223333', partition })
    const [{ url, headers, body }] = platform.sent as [HttpRequest]
    assert.equal(url.host, host)
    assert.equal(new TextDecoder().decode(body), 'Action=GetCallerIdentity&Version=2011-06-15')
    assert.ok(headers['authorization']?.includes(`/${region}/sts/aws4_request`))
  })
}

test('says with which code it was refused, and asks again only where that can help', async () => {
  const platform = answering(403, '<ErrorResponse><Error><Code>ExpiredToken</Code></Error></ErrorResponse>')
  await assert.rejects(identity(platform), { code: 'ExpiredToken', retryable: false, status: 403 })
  assert.equal(platform.sent.length, 1)
  await assert.rejects(identity(answering(200, '<html>')), { code: 'MALFORMED_ANSWER' })
  const absent = answering(501, '<Code>InternalFailure</Code>')
  await assert.rejects(identity(absent), { code: 'InternalFailure', retryable: false, status: 501 })
  assert.equal(absent.sent.length, 1)
  const busy = answering(400, '<Code>Throttling</Code>')
  await assert.rejects(identity(busy), { code: 'Throttling', retryable: true })
  assert.equal(busy.sent.length, 2)
})

test('says that there is no answer, or that there is nothing to sign with, as every other call does', async () => {
  const platform = answering(200, ANSWER)
  const lost = new TransportError('UNREACHABLE', 'no route')
  const deaf = { ...platform, transport: { post: () => Promise.reject(lost) } }
  await assert.rejects(identity(deaf), { name: 'KmsError', code: 'UNREACHABLE' })
  const unsigned = () => Promise.reject(new Error('no profile'))
  await assert.rejects(identity(platform, 'eu-central-1', unsigned), { name: 'KmsError', code: 'NO_CREDENTIALS' })
  assert.equal(platform.sent.length, 0)
})
