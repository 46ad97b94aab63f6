/** What conditions see of parameters that a request leaves to their defaults, and of dates of expiry. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OperationName } from '@keyhold/protocol'
import { decideAgain } from '../../../../src/admin/access/decide-again.ts'
import { lastRecord } from '../../../admin/access/support/access.ts'
import { addUser, ALLOW_KMS, policyOf } from '../../../support/identities.ts'
import { allow, scene } from '../../../support/scene.ts'
import { ACCOUNT, base64 } from '../../../support/service.ts'

const DENIED = 'AccessDeniedException'
const DELEGATE = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' }
const POLICY = policyOf(DELEGATE)
const CIPHERTEXT = base64(new Uint8Array(200))
const IMPORT = { ImportToken: base64('x'), EncryptedKeyMaterial: base64('y') }

/** Every condition key whose parameter has a default, with a request that names another value or the default itself. */
const DEFAULTS: { key: string; operation: OperationName; input: object; said: object; isDefault: string }[] = [
  {
    key: 'KeySpec',
    operation: 'CreateKey',
    input: {},
    said: { KeySpec: 'SYMMETRIC_DEFAULT' },
    isDefault: 'SYMMETRIC_DEFAULT',
  },
  {
    key: 'KeyUsage',
    operation: 'CreateKey',
    input: {},
    said: { KeyUsage: 'ENCRYPT_DECRYPT' },
    isDefault: 'ENCRYPT_DECRYPT',
  },
  { key: 'KeyOrigin', operation: 'CreateKey', input: {}, said: { Origin: 'AWS_KMS' }, isDefault: 'AWS_KMS' },
  { key: 'MultiRegion', operation: 'CreateKey', input: {}, said: { MultiRegion: false }, isDefault: 'false' },
  ...(['CreateKey', 'PutKeyPolicy'] as const).map((operation) => ({
    key: 'BypassPolicyLockoutSafetyCheck',
    operation,
    input: { Policy: POLICY },
    said: { BypassPolicyLockoutSafetyCheck: false },
    isDefault: 'false',
  })),
  {
    key: 'ExpirationModel',
    operation: 'ImportKeyMaterial',
    input: { ...IMPORT, ValidTo: 1_800_000_000.5 },
    said: { ExpirationModel: 'KEY_MATERIAL_EXPIRES' },
    isDefault: 'KEY_MATERIAL_EXPIRES',
  },
  {
    key: 'EncryptionAlgorithm',
    operation: 'Encrypt',
    input: { Plaintext: base64('x') },
    said: { EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' },
    isDefault: 'SYMMETRIC_DEFAULT',
  },
  {
    key: 'EncryptionAlgorithm',
    operation: 'Decrypt',
    input: { CiphertextBlob: CIPHERTEXT },
    said: { EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' },
    isDefault: 'SYMMETRIC_DEFAULT',
  },
  {
    key: 'MessageType',
    operation: 'Sign',
    input: { Message: base64('x'), SigningAlgorithm: 'ECDSA_SHA_256' },
    said: { MessageType: 'RAW' },
    isDefault: 'RAW',
  },
  {
    key: 'RotationPeriodInDays',
    operation: 'EnableKeyRotation',
    input: {},
    said: { RotationPeriodInDays: 365 },
    isDefault: '365',
  },
  {
    key: 'ScheduleKeyDeletionPendingWindowInDays',
    operation: 'ScheduleKeyDeletion',
    input: {},
    said: { PendingWindowInDays: 30 },
    isDefault: '30',
  },
]

test('Null calls a parameter absent that is left to its default, which all other operators see', async () => {
  await using at = await scene()
  for (const [index, { key, operation, input, said, isDefault }] of DEFAULTS.entries()) {
    const name = `kms:${key}`
    const may = async (condition: object, request: object): Promise<boolean> => {
      // Also the lockout check must not deny: it asks for PutKeyPolicy as a request that leaves everything out.
      const user = await addUser(at.service, `u${(names += 1)}`, {
        inline: { if: allow(`kms:${operation}`, condition) },
      })
      const target = operation === 'CreateKey' ? {} : { KeyId: at.keyId }
      const { body } = await at.service.call(operation, { ...target, ...input, ...request, DryRun: undefined }, user)
      const allowed = body['__type'] !== DENIED
      const again = await decideAgain(await lastRecord(at.service), at.service.services)
      assert.ok(again !== 'caller-gone')
      assert.equal(again[0]?.decision.allowed, allowed, `${operation} ${name} is decided alike again`)
      return allowed
    }
    let names = index * 10
    const row = [
      await may({ Null: { [name]: 'true' } }, {}),
      await may({ Null: { [name]: 'false' } }, {}),
      await may({ StringEquals: { [name]: isDefault } }, {}),
      await may({ Null: { [name]: 'true' } }, said),
      await may({ Null: { [name]: 'false' } }, said),
    ]
    assert.deepEqual(row, [true, false, true, false, true], `${operation} ${name}`)
    await at.service.call('CancelKeyDeletion', { KeyId: at.keyId }, at.admin)
    await at.service.call('EnableKey', { KeyId: at.keyId }, at.admin)
  }
})

test('every operator on dates and numbers reads a date of expiry, with and without a fraction', async () => {
  await using at = await scene()
  const { keyId: KeyId } = await at.service.createKey({ Origin: 'EXTERNAL' }, at.admin)
  const OPERATORS = {
    Equals: [0],
    LessThan: [-1],
    LessThanEquals: [-1, 0],
    GreaterThan: [1],
    GreaterThanEquals: [0, 1],
  }
  for (const [index, seconds] of [1_821_917_845.5, 1000].entries()) {
    const statements: [operator: string, wanted: number, holds: boolean][] = []
    for (const [name, orders] of Object.entries(OPERATORS)) {
      for (const step of [-1, 0, 1]) statements.push([name, seconds - step * 0.25, orders.includes(step)])
    }
    for (const [at_, [name, wanted, holds]] of statements.entries()) {
      const value = Number.isInteger(wanted) ? `${wanted}.0` : String(wanted)
      for (const family of ['Date', 'Numeric']) {
        const deny = {
          ...allow('kms:ImportKeyMaterial', { [`${family}${name}`]: { 'kms:ValidTo': value } }),
          Effect: 'Deny',
        }
        const user = await addUser(at.service, `u${index}-${at_}-${family}`, { inline: { all: ALLOW_KMS, deny } })
        const { body } = await at.service.call('ImportKeyMaterial', { KeyId, ...IMPORT, ValidTo: seconds }, user)
        assert.equal(body['__type'] === DENIED, holds, `Deny ${family}${name} ${value} on ${seconds}`)
      }
    }
  }
})
