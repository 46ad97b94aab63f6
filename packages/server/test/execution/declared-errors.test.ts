import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { KMS, type ModelErrorCode, type OperationName } from '@keyhold/protocol'
import { notYet } from '../../src/services/kms/not-yet.ts'
import { TestService } from '../support/service.ts'
import { prepared } from './support/prepared.ts'
import { SPOILS } from './support/spoilt.ts'

/** What the model lets every operation answer, and no request of its own leads to. */
const ELSEWHERE: Partial<Record<ModelErrorCode, string>> = {
  KMSInternalException: 'bugs and damage, whatever was asked: service/isolation.test.ts, slow-cryptography.test.ts',
  DependencyTimeoutException: 'others that are faster again and again, whatever is changed: races.test.ts',
}

/** What is declared and does not happen, and why. */
const NEVER: Partial<Record<ModelErrorCode, { why: string; operations?: readonly OperationName[] }>> = {
  KeyUnavailableException: { why: 'all material lies in the data folder' },
  InvalidAliasNameException: { why: 'a name with a colon is a ValidationException, as on AWS' },
  ConflictException: { why: 'a rotation is done before its answer, so that none is in progress' },
  CloudHsmClusterInvalidConfigurationException: { why: 'custom key stores are not supported' },
  CustomKeyStoreInvalidStateException: { why: 'custom key stores are not supported' },
  CustomKeyStoreNotFoundException: { why: 'custom key stores are not supported' },
  XksKeyAlreadyInUseException: { why: 'custom key stores are not supported' },
  XksKeyInvalidConfigurationException: { why: 'custom key stores are not supported' },
  XksKeyNotFoundException: { why: 'custom key stores are not supported' },
  KMSInvalidStateException: {
    why: 'the Developer Guide’s table of key states lets it be done in all of them: key-states.test.ts',
    operations: [
      'DeleteAlias',
      'GetKeyPolicy',
      'GetKeyRotationStatus',
      'ListGrants',
      'ListKeyPolicies',
      'ListKeyRotations',
      'PutKeyPolicy',
      'RetireGrant',
      'RevokeGrant',
    ],
  },
  DisabledException: {
    why: 'a disabled key shows its public half, as the same table has it',
    operations: ['GetPublicKey'],
  },
  InvalidKeyUsageException: { why: 'every usage that has a public half shows it', operations: ['GetPublicKey'] },
  InvalidArnException: {
    why: 'no ARN is taken, or an alias too, and what is none is not found',
    operations: ['CreateKey', 'DescribeKey', 'GetPublicKey'],
  },
  LimitExceededException: {
    why: 'disabled keys count as enabled ones do, and the 51st tag is a TagException',
    operations: ['EnableKey', 'TagResource'],
  },
  NotFoundException: { why: 'a principal may have no grant at all', operations: ['ListRetirableGrants'] },
  TagException: { why: 'a tag that is not there is no error', operations: ['UntagResource'] },
  UnsupportedOperationException: { why: 'every key has a policy', operations: ['PutKeyPolicy'] },
}

const OPERATIONS = (Object.keys(KMS.operations) as OperationName[]).filter(
  (name) => !notYet.some((refused) => refused.name === name),
)

function happens(name: OperationName, code: ModelErrorCode): boolean {
  const never = NEVER[code]
  return !(code in ELSEWHERE) && (never === undefined || never.operations?.includes(name) === false)
}

let service: TestService
before(async () => (service = await TestService.open()))
after(() => service[Symbol.asyncDispose]())

for (const name of OPERATIONS) {
  describe(name, () => {
    for (const code of KMS.operations[name].errors.filter((declared) => happens(name, declared))) {
      test(`answers ${code} for a request that is sound but for one thing`, async () => {
        const { keyId, input } = await prepared(name, 'Enabled', { service })
        const changed = await SPOILS[code]?.({ service, name, keyId, input })
        const fault = await service.fault(name, { ...input, ...changed })
        assert.equal(fault.split(':')[0], code)
      })
    }
  })
}

test('whatever is said never to happen is declared', () => {
  for (const [code, { operations = OPERATIONS }] of Object.entries(NEVER)) {
    const declaring = operations.filter((name) => KMS.operations[name].errors.includes(code as ModelErrorCode))
    assert.ok(declaring.length > 0, code)
    if (operations !== OPERATIONS) assert.deepEqual(declaring, operations, code)
  }
})
