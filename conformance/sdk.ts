import assert from 'node:assert/strict'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import type { TestServer } from './server.ts'

/** The SDK's client of this server. It tries once, so that a failure is seen as it came, unless told otherwise. */
export function connect(
  server: TestServer,
  credentials: Partial<TestServer['credentials']> = {},
  maxAttempts = 1,
): KMSClient {
  const { endpoint, region } = server
  return new KMSClient({ endpoint, region, credentials: { ...server.credentials, ...credentials }, maxAttempts })
}

export async function newKey(client: KMSClient): Promise<{ id: string; arn: string }> {
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}))
  assert(KeyMetadata?.KeyId && KeyMetadata.Arn)
  return { id: KeyMetadata.KeyId, arn: KeyMetadata.Arn }
}

/** Every caller's error is an HTTP 400 with a request id, whatever its code. */
export async function refused(call: Promise<unknown>, expected: { name: string; message?: string }): Promise<void> {
  await assert.rejects(call, (error: unknown) => {
    assert(error instanceof Error)
    const { $metadata, $fault } = error as {
      $metadata?: { httpStatusCode?: number; requestId?: string }
      $fault?: string
    }
    assert.equal(error.name, expected.name, `${error.name}: ${error.message}`)
    if (expected.message !== undefined) assert.equal(error.message, expected.message)
    assert.equal($metadata?.httpStatusCode, 400)
    assert.match($metadata?.requestId ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    assert.equal($fault, 'client')
    return true
  })
}
