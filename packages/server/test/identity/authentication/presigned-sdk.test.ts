/** The official SDK's own presigner, an implementation independent of ours, from where the SDK finds it. */
import assert from 'node:assert/strict'
import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import type { RawRequest } from '../../../src/identity/authentication/raw-request.ts'
import { accessKey, arrived, CREDENTIALS, NOW_MS, PRINCIPAL, verifierOf } from './fixture.ts'

interface Sent {
  method: string
  query: Record<string, string>
  headers: Record<string, string>
}
interface Signer {
  presign(request: object, options: { signingDate: Date; expiresIn: number }): Promise<Sent>
}
const sdkRequire = createRequire(createRequire(import.meta.url).resolve('@aws-sdk/client-kms/package.json'))
const { SignatureV4 } = sdkRequire('@smithy/signature-v4') as { SignatureV4: new (options: object) => Signer }

/** The hash in the form that the signer wants. */
class Sha256 {
  #hash: Hash | Hmac

  constructor(key?: string | Uint8Array) {
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', key)
  }

  update(data: string | Uint8Array): void {
    this.#hash.update(data)
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }
}

const HOST = 'localhost:5670'

async function presigned(service: string, request: object, body: string): Promise<RawRequest> {
  const credentials = { ...CREDENTIALS, accessKeyId: 'ASIDEXAMPLE', sessionToken: 'a+token/=' }
  const signer = new SignatureV4({ credentials, region: 'eu-central-1', service, sha256: Sha256 })
  const whole = { protocol: 'http:', hostname: 'localhost', port: 5670, path: '/', body, ...request }
  const sent = await signer.presign(whole, { signingDate: new Date(NOW_MS), expiresIn: 60 })
  const query = Object.entries(sent.query)
    .map((pair) => pair.map(encodeURIComponent).join('='))
    .join('&')
  return arrived(sent.headers, Buffer.from(body), { method: sent.method, query })
}

const verify = verifierOf(accessKey, ['kms', 'sts'])

test('what the SDK presigns for STS is accepted, with a session token', async () => {
  const query = { Action: 'GetCallerIdentity', Version: '2011-06-15', Note: 'a b+c=é&' }
  const request = await presigned('sts', { method: 'GET', headers: { host: HOST }, query }, '')
  assert.equal((await verify(request)).principal.arn, PRINCIPAL.arn)
  const other = { ...request, query: request.query.replace('Note=a%20b%2Bc', 'Note=a+b%2Bc') }
  assert.equal((await verify(other)).principal.arn, PRINCIPAL.arn)
  const changed = { ...request, query: request.query.replace('Note=a%20b%2Bc', 'Note=a+b+c') }
  await assert.rejects(verify(changed), { code: 'InvalidSignatureException' })
})

test('what the SDK presigns for KMS is accepted: the body is signed, and the target is moved into the query', async () => {
  const headers = { host: HOST, 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.ListKeys' }
  const request = await presigned('kms', { method: 'POST', headers, query: {} }, '{"Limit":1}')
  assert.match(request.query, /X-Amz-Target=TrentService\.ListKeys/i)
  assert.equal((await verify(request)).principal.arn, PRINCIPAL.arn)
  await assert.rejects(verify({ ...request, body: Buffer.from('{}') }), { code: 'InvalidSignatureException' })
})
