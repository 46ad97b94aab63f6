import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, TestService } from '../../../support/service.ts'

const OPEN = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' }],
})

test('a key has the default policy, under the one name there is', async () => {
  await using service = await TestService.open()
  const { keyId } = await service.createKey()
  const { Policy, PolicyName } = await service.ok('GetKeyPolicy', { KeyId: keyId })
  assert.equal(PolicyName, 'default')
  assert.deepEqual(JSON.parse(Policy as string), {
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [
      {
        Sid: 'Enable IAM User Permissions',
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  })
  const names = await service.ok<object>('ListKeyPolicies', { KeyId: keyId })
  assert.deepEqual(names, { PolicyNames: ['default'], Truncated: false })
  assert.equal(
    await service.fault('GetKeyPolicy', { KeyId: keyId, PolicyName: 'other' }),
    'NotFoundException: No such policy exists',
  )
})

test('a development server stores any policy as it was put, and refuses what is none', async () => {
  await using service = await TestService.open('off')
  const { keyId } = await service.createKey({ Policy: OPEN })
  assert.equal((await service.ok('GetKeyPolicy', { KeyId: keyId })).Policy, OPEN)
  assert.match(await service.fault('PutKeyPolicy', { KeyId: keyId, Policy: '[' }), /^MalformedPolicyDocumentException/)
  const large = JSON.stringify({ Id: 'x'.repeat(33_000) })
  assert.match(await service.fault('PutKeyPolicy', { KeyId: keyId, Policy: large }), /^LimitExceededException/)
})
