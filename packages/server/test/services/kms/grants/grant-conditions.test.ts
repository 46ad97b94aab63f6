import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addRole, addUser, policyOf } from '../../../support/identities.ts'
import { scene } from '../../../support/scene.ts'
import { ACCOUNT, OTHER_ACCOUNT } from '../../../support/service.ts'

const DELEGATE = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' }

test('policies see the grantee of a grant and its constraints, in every form of the request', async () => {
  await using at = await scene()
  const { service, admin, keyId } = at
  const ann = await addUser(service, 'ann')
  const root = `arn:aws:iam::${OTHER_ACCOUNT}:root`
  const create = (Condition: object): object => ({ ...DELEGATE, Action: 'kms:CreateGrant', Condition })
  const Policy = policyOf(
    DELEGATE,
    { ...create({ StringEquals: { 'kms:GranteePrincipal': root } }), Effect: 'Deny' },
    { ...create({ StringEquals: { 'kms:RetiringPrincipal': root } }), Effect: 'Deny' },
    { ...create({ Null: { 'kms:GrantConstraintType': 'true' } }), Effect: 'Deny' },
  )
  await service.ok('PutKeyPolicy', { KeyId: keyId, Policy }, admin)
  const wanted = { KeyId: keyId, GranteePrincipal: ann.principal.arn, Operations: ['Decrypt'] }
  const Constraints = { EncryptionContextSubset: { tenant: 't-1' } }
  await service.ok('CreateGrant', { ...wanted, Constraints }, admin)
  for (const input of [
    { ...wanted, Constraints, GranteePrincipal: OTHER_ACCOUNT },
    { ...wanted, Constraints, RetiringPrincipal: OTHER_ACCOUNT },
    { ...wanted, Constraints: { EncryptionContextSubset: {} } },
  ]) {
    assert.match(await service.fault('CreateGrant', input, admin), /^AccessDeniedException/, JSON.stringify(input))
  }
})

test('a grant names a role session by one spelling of its ARN, so that no policy about it is dodged by another', async () => {
  await using at = await scene()
  const { service, admin, keyId: KeyId } = at
  const { arn } = (await addRole(service, 'app')).principal
  const spellings = [
    `${arn}/x`,
    `${arn}/`,
    arn.replace('assumed-role/app/session', 'assumed-role/app//session'),
    arn.replace('sts::', 'sts:eu-west-1:'),
    arn.replace('arn:aws:', 'arn:aws-cn:'),
    arn.replace('arn:aws:', 'arn:other:'),
  ]
  const wanted = { KeyId, GranteePrincipal: arn, RetiringPrincipal: arn, Operations: ['DescribeKey'] }
  for (const spelling of spellings) {
    for (const member of ['GranteePrincipal', 'RetiringPrincipal']) {
      const fault = await service.fault('CreateGrant', { ...wanted, [member]: spelling }, admin)
      assert.equal(fault, `InvalidArnException: ARN does not refer to a valid principal: ${spelling}`)
    }
  }
  await service.ok('CreateGrant', wanted, admin)
})
