import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { canI } from '../../../src/admin/access/can-i.ts'
import { explainRequest } from '../../../src/admin/access/explain-request.ts'
import { replay } from '../../../src/admin/access/replay.ts'
import { whoCan } from '../../../src/admin/access/who-can.ts'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { OPERATIONS } from '../../../src/services/registry.ts'
import { createAccount } from '../../../src/admin/operator/accounts.ts'
import { addUser, ALLOW_KMS, policyOf } from '../../support/identities.ts'
import { ACCOUNT, OTHER_ACCOUNT, rootOf, TestService } from '../../support/service.ts'
import { contextOf, lastRecord } from './support/access.ts'

/** The answers about other accounts, for every action on a key that allows everything to all accounts. */

const UNKNOWN_ACCOUNT = '777788889999'
const EVERYTHING = { Effect: 'Allow', Action: 'kms:*', Resource: '*' }

/** All actions except those that a grant decides independently of the key's policy. */
const ACTIONS = [...OPERATIONS.of('kms').values()].flatMap(({ name, keys, crossAccount }) =>
  Object.values(keys).flatMap(({ action = name, authorize }) =>
    authorize === undefined ? [{ action, isCrossAccount: crossAccount === 'yes' }] : [],
  ),
)

let service: TestService
let partner: Caller
let key: string

before(async () => {
  service = await TestService.open('on', { accounts: [] })
  for (const accountId of [ACCOUNT, OTHER_ACCOUNT]) {
    const context = { ...service.engine, operator: { user: 'tester' } }
    ;(await createAccount({ accountId, userName: 'administrator' }, context)).secretAccessKey.wipe()
  }
  partner = await addUser(service, 'partner', { accountId: OTHER_ACCOUNT, inline: { all: ALLOW_KMS } })
  const AWS = ['*', ACCOUNT, OTHER_ACCOUNT, UNKNOWN_ACCOUNT]
  const Policy = policyOf(
    { ...EVERYTHING, Principal: { AWS } },
    { ...EVERYTHING, Principal: { Service: 'any.example.com' } },
  )
  key = (await service.namingStrangers(() => service.createKey({ Policy }, rootOf(ACCOUNT)))).arn
})
after(() => service[Symbol.asyncDispose]())

for (const { action, isCrossAccount } of ACTIONS) {
  test(`who-can lists ${isCrossAccount ? 'other accounts too' : 'only the own account'} for ${action}`, async () => {
    const found: string[] = []
    for await (const { principal } of whoCan({ action, key }, service.services)) found.push(principal)
    const own = [`arn:aws:iam::${ACCOUNT}:root`, `arn:aws:iam::${ACCOUNT}:user/administrator`]
    const others = [
      `arn:aws:iam::${OTHER_ACCOUNT}:root`,
      `arn:aws:iam::${OTHER_ACCOUNT}:user/administrator`,
      partner.principal.arn,
      '*',
      `arn:aws:iam::${UNKNOWN_ACCOUNT}:root`,
      'any.example.com',
    ]
    assert.deepEqual(found.toSorted(), [...own, ...(isCrossAccount ? others : [])].toSorted())
  })

  test(`can-i says ${isCrossAccount ? 'yes' : 'no, with no possible change,'} for another account and ${action}`, async () => {
    const { allowed, reason, calls, explanation } = await canI({ action, key }, partner.principal.arn, service.services)
    if (isCrossAccount) return assert.deepEqual([allowed, reason], [true, 'both-accounts'])
    assert.deepEqual([allowed, reason, calls], [false, 'confined-to-account', []])
    assert.equal(explanation.change, undefined)
  })
}

test('a refused request is explained by its reason, and no change is proposed', async () => {
  await service.fault('ScheduleKeyDeletion', { KeyId: key }, partner)
  const { decided, now, calls } = await explainRequest((await lastRecord(service)).requestId, contextOf(service))
  assert.equal(decided?.reason, 'confined-to-account')
  assert.match(decided.sentence, /no policy and no grant can allow it to another account/)
  assert.deepEqual([now?.decision.reason, now?.change, calls], ['confined-to-account', undefined, []])
})

test('a replay with a proposed policy that names the other account does not report what that account cannot do as allowed', async () => {
  const closed = { ...EVERYTHING, Principal: { AWS: ACCOUNT } }
  const { arn } = await service.createKey({ Policy: policyOf(closed) }, rootOf(ACCOUNT))
  for (const name of ['DescribeKey', 'DisableKey', 'PutKeyPolicy'] as const) {
    const input = name === 'PutKeyPolicy' ? { KeyId: arn, Policy: policyOf(closed) } : { KeyId: arn }
    await service.fault(name, input, partner)
  }
  const policy = policyOf({ ...EVERYTHING, Principal: { AWS: [ACCOUNT, OTHER_ACCOUNT] } })
  const report = await replay({ key: arn, policy, sinceMs: 0, untilMs: Date.UTC(2030) }, contextOf(service))
  assert.deepEqual(
    report.allows.map(({ action, reason }) => [action, reason]),
    [['kms:DescribeKey', 'both-accounts']],
  )
})

test('simulations agree', async () => {
  const ActionNames = ['kms:Decrypt', 'kms:PutKeyPolicy', 'kms:putkeypolicy', 'kms:SynchronizeMultiRegionKey']
  const ResourcePolicy = policyOf({ ...EVERYTHING, Principal: { AWS: [ACCOUNT, OTHER_ACCOUNT] } })
  const simulated = async (accountId: string): Promise<string[]> => {
    const input = {
      PolicyInputList: [policyOf(EVERYTHING)],
      ActionNames,
      ResourceArns: [key],
      ResourcePolicy,
      CallerArn: `arn:aws:iam::${accountId}:user/somebody`,
    }
    const { EvaluationResults } = await service.iam<{ EvaluationResults: { EvalDecision: string }[] }>(
      'SimulateCustomPolicy',
      input,
      rootOf(ACCOUNT),
    )
    return EvaluationResults.map(({ EvalDecision }) => EvalDecision)
  }
  assert.deepEqual(await simulated(ACCOUNT), ['allowed', 'allowed', 'allowed', 'allowed'])
  assert.deepEqual(await simulated(OTHER_ACCOUNT), ['allowed', 'implicitDeny', 'implicitDeny', 'implicitDeny'])
})
