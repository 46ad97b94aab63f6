import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { base64, TestService } from '../support/service.ts'

const REQUESTS: Readonly<Record<string, { input: object; status: number }>> = {
  'is answered': { input: {}, status: 200 },
  'breaks a rule of the model': { input: { KeyId: 'x'.repeat(2049) }, status: 400 },
  'has too long a context': { input: { EncryptionContext: { name: 'x'.repeat(8192) } }, status: 400 },
  'names a key that is not there': { input: { KeyId: 'alias/absent' }, status: 400 },
}

for (const [what, { input, status }] of Object.entries(REQUESTS)) {
  test(`no plaintext of a request remains that ${what}`, async (context) => {
    await using service = await TestService.open()
    const { keyId } = await service.createKey()
    const { mock } = context.mock.method(Secret, 'of')
    const reply = await service.call('Encrypt', { KeyId: keyId, Plaintext: base64('a secret'), ...input })
    assert.equal(reply.status, status, JSON.stringify(reply.body))
    const [plaintext] = mock.calls.map(({ result }) => result as Secret)
    assert.deepEqual(plaintext?.reveal(), new Uint8Array('a secret'.length))
  })
}
