import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { OperationName } from '@keyhold/protocol'
import type { Caller } from '../../../../src/identity/accounts/caller.ts'
import { DAY_MS } from '../../../../src/services/kms/keys/new-key.ts'
import { addUser, ALLOW_KMS, policyOf } from '../../../support/identities.ts'
import { ACCOUNT, base64, TestService } from '../../../support/service.ts'

/** A key on which `action` is allowed under `condition` alone. */
async function keyWith(
  service: TestService,
  owner: Caller,
  [Action, Condition]: [string, object],
  input: object,
): Promise<string> {
  const Policy = policyOf(
    { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' },
    { Effect: 'Deny', Principal: '*', Action, Resource: '*', Condition },
  )
  return (await service.createKey({ ...input, Policy }, owner)).keyId
}

/** What is denied, and what is not: anything but a denial means that the policy let it pass. */
const CASES: {
  name: OperationName
  deny: object
  denied: object[]
  passed: object[]
  key?: object
}[] = [
  {
    name: 'GetParametersForImport',
    deny: { StringNotEquals: { 'kms:WrappingAlgorithm': 'RSAES_OAEP_SHA_256' } },
    denied: [{ WrappingAlgorithm: 'RSAES_OAEP_SHA_1', WrappingKeySpec: 'RSA_2048' }],
    passed: [{ WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }],
  },
  {
    name: 'GetParametersForImport',
    deny: { StringEquals: { 'kms:WrappingKeySpec': 'RSA_2048' } },
    denied: [{ WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' }],
    passed: [{ WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_3072' }],
  },
  {
    name: 'ImportKeyMaterial',
    deny: { StringNotEquals: { 'kms:ExpirationModel': 'KEY_MATERIAL_EXPIRES' } },
    denied: [{ ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' }],
    passed: [{ ExpirationModel: 'KEY_MATERIAL_EXPIRES' }, {}],
  },
  {
    name: 'ImportKeyMaterial',
    deny: { NumericGreaterThan: { 'kms:ValidTo': `${Date.UTC(2026, 0, 1) / 1000 + 86_400}.0` } },
    denied: [{ ValidTo: Date.UTC(2026, 0, 1) / 1000 + 86_400.5 }],
    passed: [{ ValidTo: Date.UTC(2026, 0, 1) / 1000 + 86_400 }, {}],
  },
  {
    name: 'EnableKeyRotation',
    deny: { NumericGreaterThan: { 'kms:RotationPeriodInDays': '180' } },
    denied: [{ RotationPeriodInDays: 181 }, {}],
    passed: [{ RotationPeriodInDays: 180 }],
    key: {},
  },
]

for (const { name, deny, denied, passed, key = { Origin: 'EXTERNAL' } } of CASES) {
  const [condition] = Object.keys(Object.values(deny)[0] as object)
  test(`policies can ask for ${condition} of ${name}, and see what a request leaves to its default`, async () => {
    await using service = await TestService.open('on')
    const owner = await addUser(service, 'owner', { inline: { all: ALLOW_KMS } })
    const KeyId = await keyWith(service, owner, [`kms:${name}`, deny], key)
    const blobs =
      name === 'ImportKeyMaterial' ? { ImportToken: base64('x'), EncryptedKeyMaterial: base64(randomBytes(256)) } : {}
    const answer = async (input: object): Promise<unknown> =>
      (await service.call(name, { KeyId, ...blobs, ...input }, owner)).body['__type']
    for (const input of denied) assert.equal(await answer(input), 'AccessDeniedException', JSON.stringify(input))
    for (const input of passed) assert.notEqual(await answer(input), 'AccessDeniedException', JSON.stringify(input))
  })
}

test('the condition on a date of expiry counts days as they are', async () => {
  await using service = await TestService.open('on')
  const owner = await addUser(service, 'owner', { inline: { all: ALLOW_KMS } })
  const limit = new Date(service.clock.now() + DAY_MS).toISOString()
  const deny: [string, object] = ['kms:ImportKeyMaterial', { DateGreaterThan: { 'kms:ValidTo': limit } }]
  const KeyId = await keyWith(service, owner, deny, { Origin: 'EXTERNAL' })
  const attempt = async (ms: number): Promise<unknown> => {
    const ValidTo = (service.clock.now() + ms) / 1000
    const input = { KeyId, ImportToken: base64('x'), EncryptedKeyMaterial: base64('y'), ValidTo }
    return (await service.call('ImportKeyMaterial', input, owner)).body['__type']
  }
  assert.equal(await attempt(DAY_MS + 1000), 'AccessDeniedException')
  assert.equal(await attempt(DAY_MS), 'InvalidImportTokenException')
})
