import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { KMS, type OperationName } from '@keyhold/protocol'
import type { Caller } from '../../src/identity/accounts/caller.ts'
import { addUser, ALLOW_KMS } from '../support/identities.ts'
import { TestService } from '../support/service.ts'
import { prepared } from './support/prepared.ts'

/** Every operation that takes grant tokens, as the model has them. */
const OPERATIONS = (Object.keys(KMS.operations) as OperationName[]).filter((name) =>
  KMS.structures[KMS.operations[name].input]?.some((member) => member.name === 'GrantTokens'),
)

/** What a grant must hold, where that is not what the operation is called. */
const GRANTED: Partial<Record<OperationName, readonly string[]>> = {
  ReEncrypt: ['ReEncryptFrom', 'ReEncryptTo'],
  CreateGrant: ['CreateGrant', 'DescribeKey'], // a caller can only delegate what it has
}

let service: TestService
let admin: Caller
let grantee: Caller
let other: Caller

before(async () => {
  service = await TestService.open('on')
  admin = await addUser(service, 'admin', { inline: { all: ALLOW_KMS } })
  grantee = await addUser(service, 'grantee')
  other = await addUser(service, 'other')
  service.services.grantDelayMs = 60_000
})
after(() => service[Symbol.asyncDispose]())

test('seventeen operations take grant tokens', () => assert.equal(OPERATIONS.length, 17))

for (const name of OPERATIONS) {
  test(`the token of a grant that is not effective yet lets only its grantee call ${name}`, async () => {
    const { keyId, arn, input } = await prepared(name, 'Enabled', { service, caller: admin })
    const Operations = GRANTED[name] ?? [name]
    const wanted = { KeyId: keyId, GranteePrincipal: grantee.principal.arn, Operations }
    const { GrantToken } = await service.ok('CreateGrant', wanted, admin)
    const request = { ...input, ...('KeyId' in input && { KeyId: arn }) }
    const withToken = { ...request, GrantTokens: [GrantToken] }
    assert.match(await service.fault(name, request, grantee), /^AccessDeniedException/)
    assert.match(await service.fault(name, withToken, other), /^AccessDeniedException/)
    await service.ok(name, withToken, grantee)
  })

  test(`the token of a grant on one key does not let its grantee do ${name} with another`, async () => {
    const own = await prepared(name, 'Enabled', { service, caller: admin })
    const Operations = GRANTED[name] ?? [name]
    const wanted = { KeyId: own.keyId, GranteePrincipal: grantee.principal.arn, Operations }
    const { GrantToken } = await service.ok('CreateGrant', wanted, admin)
    const { arn, input } = await prepared(name, 'Enabled', { service, caller: admin })
    const request = { ...input, ...('KeyId' in input && { KeyId: arn }), GrantTokens: [GrantToken] }
    assert.match(await service.fault(name, request, grantee), /^AccessDeniedException/)
  })
}
