import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccessRequest } from '../../../src/domain/policy/access.ts'
import { meteredDecision } from '../../../src/execution/authorizer/decided.ts'
import { addUser } from '../../support/identities.ts'
import { ACCOUNT, rootOf, TestService } from '../../support/service.ts'

/** Counts the decisions that a caller pays for. */
function countDecisions({ services: { throttle } }: TestService): () => string[] {
  assert.ok(throttle)
  const { decided } = throttle
  let payers: string[] = []
  throttle.decided = (payer, steps) => {
    payers.push(payer)
    decided.call(throttle, payer, steps)
  }
  return () => {
    const counted = payers
    payers = []
    return counted
  }
}

/** A grant of CreateGrant alone is refused. */
const OPERATIONS = ['CreateGrant', 'DescribeKey']

test('a caller that delegates a grant pays for each decision about the grants that might allow it', async () => {
  await using service = await TestService.open('on', { rateWorkers: 1 })
  const { arn: KeyId } = await service.createKey({}, rootOf(ACCOUNT))
  const [ann, eve] = [await addUser(service, 'ann'), await addUser(service, 'eve')]
  const create = (GranteePrincipal: string, Operations: string[]): object => ({ KeyId, GranteePrincipal, Operations })
  const GrantTokens: string[] = []
  for (let token = 0; token < 10; token++) {
    const made = await service.ok('CreateGrant', create(ann.principal.arn, OPERATIONS), rootOf(ACCOUNT))
    GrantTokens.push(made['GrantToken'] ?? '')
  }
  const paid = countDecisions(service)
  const handedOn = { ...create(eve.principal.arn, OPERATIONS), GrantTokens }
  await service.ok('CreateGrant', handedOn, ann)
  // What is asked for, without grants, and with each of ten tokens and of one grant that is found without.
  assert.deepEqual(
    paid(),
    Array.from({ length: 13 }, () => ACCOUNT),
  )
})

test('what web identities ask for uses up nothing of the account whose roles they ask for', async () => {
  await using service = await TestService.open('on', { rateWorkers: 1 })
  const paid = countDecisions(service)
  const provider = `arn:aws:iam::${ACCOUNT}:oidc-provider/issuer.test`
  const request: AccessRequest = {
    principal: { type: 'WebIdentity', arn: provider, accountId: ACCOUNT, principalId: provider },
    identity: { policies: [] },
    action: 'sts:AssumeRoleWithWebIdentity',
    acrossAccounts: true,
    grantable: false,
    resource: { arn: '*', accountId: ACCOUNT, policy: 'missing', hiddenAs: 'this resource' },
    grants: [],
    conditions: { get: () => undefined, isByDefault: () => false },
  }
  assert.equal(meteredDecision(request, service.services).allowed, false)
  assert.deepEqual(paid(), [`${ACCOUNT}/web-identities`])
})
