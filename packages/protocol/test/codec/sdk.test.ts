import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Readable } from 'node:stream'
import * as sdk from '@aws-sdk/client-kms'
import * as fc from 'fast-check'
import { KMS_CODEC } from '../../src/codec/aws-json.ts'
import { parseJson } from '../../src/json.ts'
import { KMS } from '../../src/model/kms.ts'
import type { OperationName } from '../../src/model/kms.ts'
import { parseAuthorization } from '../../src/sigv4/authorization.ts'
import { canonicalRequest } from '../../src/sigv4/canonical.ts'
import { signature, signingKey, stringToSign } from '../../src/sigv4/sign.ts'
import { nodeHash as hash } from '../support/hash.ts'
import { comparable, valueOf, withoutSecrets } from '../support/arbitraries.ts'

interface SentRequest {
  method: string
  path: string
  headers: Record<string, string>
  body: string | Uint8Array
}

const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const bytesOf = (body: string | Uint8Array): Uint8Array =>
  typeof body === 'string' ? new TextEncoder().encode(body) : new Uint8Array(body)

/** Sends a command of the official SDK to a transport that answers with `answer`; returns what it sent and understood. */
async function converse(operation: OperationName, input: object, answer: Uint8Array) {
  let sent: SentRequest | undefined
  const requestHandler = {
    handle: (request: SentRequest) => {
      sent = request
      const headers = { 'content-type': 'application/x-amz-json-1.1' }
      return Promise.resolve({ response: { statusCode: 200, headers, body: Readable.from([Buffer.from(answer)]) } })
    },
  }
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: SECRET }
  const client = new sdk.KMSClient({ region: 'eu-central-1', credentials, requestHandler: requestHandler as never })
  const Command = (sdk as unknown as Record<string, new (input: object) => never>)[`${operation}Command`]!
  const { $metadata: _, ...output } = (await client.send(new Command(input))) as unknown as Record<string, unknown>
  return { sent: sent!, output }
}

for (const operation of Object.keys(KMS.operations) as OperationName[]) {
  test(`${operation}: the official SDK reads what we write and we read what it writes`, async () => {
    const { input, output } = KMS.operations[operation]
    const outputs = output === undefined ? fc.constant({}) : valueOf(KMS, output)
    await fc.assert(
      fc.asyncProperty(valueOf(KMS, input), outputs, async (request, answer) => {
        const { bytes } = KMS_CODEC.encodeOutput(operation, output === undefined ? undefined : answer)
        const heard = await converse(operation, withoutSecrets(KMS, input, request), bytes)
        assert.deepEqual(
          comparable(KMS_CODEC.decodeInput(operation, parseJson(bytesOf(heard.sent.body)))),
          comparable(request),
        )
        const expected = output === undefined ? {} : withoutSecrets(KMS, output, answer)
        assert.deepEqual(comparable(heard.output), comparable(expected))
        assert.equal(heard.sent.headers['x-amz-target'], `${KMS.targetPrefix}.${operation}`)
      }),
      { numRuns: 8 },
    )
  })
}

test('the official SDK’s signature is the one we compute', async () => {
  const { sent } = await converse('GenerateDataKey', { KeyId: 'k', KeySpec: 'AES_256' }, new TextEncoder().encode('{}'))
  const { authorization } = parseAuthorization(sent.headers['authorization']!)
  assert.ok(authorization)
  assert.deepEqual(
    [authorization.accessKeyId, authorization.region, authorization.service],
    ['AKIDEXAMPLE', 'eu-central-1', 'kms'],
  )
  const { method, path, headers } = sent
  const { signedHeaders } = authorization
  const canonical = canonicalRequest({
    method,
    path,
    query: '',
    headers,
    signedHeaders,
    payloadHash: hash.sha256Hex(sent.body),
  })
  const toSign = stringToSign(headers['x-amz-date']!, authorization, canonical, hash)
  assert.equal(signature(signingKey(SECRET, authorization, hash), toSign, hash), authorization.signature)
})
