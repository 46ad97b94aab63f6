import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { KMS, type OperationName } from '@keyhold/protocol'
import { notYet } from '../../src/services/kms/not-yet.ts'
import { TestService } from '../support/service.ts'
import { prepared } from './support/prepared.ts'

/**
 * What answers call the key. Sources: AWS KMS API Reference, the response elements of each operation; for
 * RotateKeyOnDemand and GetKeyRotationStatus, whose examples print the id, recorded answers of AWS.
 */
const MEMBERS = ['KeyId', 'SourceKeyId']

/** "The globally unique identifier for the KMS key": the id, as in KeyMetadata. */
const BY_ID: readonly OperationName[] = ['GetKeyLastUsage']

/** How requests of an operation may name the key, beside its ARN. */
const NAMES = ['KeyId', 'SourceKeyId', 'DestinationKeyId', 'TargetKeyId']

const OPERATIONS = (Object.keys(KMS.operations) as OperationName[]).filter(
  (name) => !notYet.some((refused) => refused.name === name) && answeredMembers(name).length > 0,
)

function answeredMembers(name: OperationName): string[] {
  const members = KMS.structures[KMS.operations[name].output ?? ''] ?? []
  return members.map((member) => member.name).filter((member) => MEMBERS.includes(member))
}

let service: TestService
before(async () => (service = await TestService.open()))
after(() => service[Symbol.asyncDispose]())

test('operations that name their key in the answer were found in the model', () => {
  assert.ok(OPERATIONS.length > 20 && OPERATIONS.includes('RotateKeyOnDemand'), OPERATIONS.join())
})

for (const name of OPERATIONS) {
  describe(name, () => {
    for (const form of ['id', 'arn', 'alias', 'alias ARN'] as const) {
      test(`calls the key by its ${BY_ID.includes(name) ? 'id' : 'ARN'} when it was asked by ${form}`, async () => {
        const { arn, keyId, input } = await prepared(name, 'Enabled', { service })
        const AliasName = `alias/asked/${name}/${form.replace(' ', '-')}`
        await service.ok('CreateAlias', { AliasName, TargetKeyId: keyId })
        if (name === 'CancelKeyDeletion') await service.ok('ScheduleKeyDeletion', { KeyId: keyId })
        const texts = { id: keyId, arn, alias: AliasName, 'alias ARN': arn.replace(/key\/.*/, AliasName) }
        const { status, body } = await service.call(name, { ...input, ...naming(name, texts[form]) })
        if (form.startsWith('alias') && status === 400) {
          assert.match(String(body.__type), /^(NotFoundException|InvalidArnException)$/)
          return
        }
        assert.equal(status, 200, JSON.stringify(body))
        for (const member of answeredMembers(name)) {
          assert.equal(body[member], BY_ID.includes(name) ? keyId : arn, member)
        }
      })
    }
  })
}

/** Every member of the operation's input that names a key, with this text. */
function naming(name: OperationName, text: string): object {
  const members = KMS.structures[KMS.operations[name].input ?? ''] ?? []
  return Object.fromEntries(members.filter((member) => NAMES.includes(member.name)).map((one) => [one.name, text]))
}

test('lists call the key as AWS prints it: rotations by its id, grants by its ARN, keys by both', async () => {
  const { keyId, arn } = await service.createKey()
  await service.ok('RotateKeyOnDemand', { KeyId: arn })
  await service.ok('CreateGrant', { KeyId: keyId, GranteePrincipal: arn.split(':')[4], Operations: ['DescribeKey'] })
  const { Rotations } = await service.ok<Lists>('ListKeyRotations', { KeyId: arn })
  const { Grants } = await service.ok<Lists>('ListGrants', { KeyId: keyId })
  const { Keys } = await service.ok<Lists>('ListKeys', {})
  assert.equal(Rotations[0]?.KeyId, keyId)
  assert.equal(Grants[0]?.KeyId, arn)
  assert.ok(Keys.some(({ KeyId, KeyArn }) => KeyId === keyId && KeyArn === arn))
})

type Lists = Record<'Rotations' | 'Grants' | 'Keys', { KeyId: string; KeyArn?: string }[]> & Record<string, unknown>
