import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canI } from '../../../src/admin/access/can-i.ts'
import { whoCan } from '../../../src/admin/access/who-can.ts'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { ACCOUNT, rootOf, TestService } from '../../support/service.ts'
import { arnOf, document, allow } from '../../services/iam/support.ts'

const ofAws = (name: string): string => `arn:aws:iam::aws:policy/${name}`

/** What each policy allows of these actions, by AWS's documentation. */
const ALLOWED: Readonly<Record<string, { DescribeKey: boolean; Encrypt: boolean; EnableKey: boolean }>> = {
  AdministratorAccess: { DescribeKey: true, Encrypt: true, EnableKey: true },
  PowerUserAccess: { DescribeKey: true, Encrypt: true, EnableKey: true },
  ReadOnlyAccess: { DescribeKey: true, Encrypt: false, EnableKey: false },
  SecurityAudit: { DescribeKey: true, Encrypt: false, EnableKey: false },
  AWSKeyManagementServicePowerUser: { DescribeKey: true, Encrypt: false, EnableKey: false },
  IAMFullAccess: { DescribeKey: false, Encrypt: false, EnableKey: false },
  'service-role/AWSLambdaBasicExecutionRole': { DescribeKey: false, Encrypt: false, EnableKey: false },
  'service-role/ROSAKMSProviderPolicy': { DescribeKey: true, Encrypt: true, EnableKey: false },
}

test("the decision, can-i, who-can and a simulation agree about AWS's policies, attached and as boundaries", async () => {
  await using service = await TestService.open('on')
  const { keyId, arn } = await service.createKey({ Tags: [{ TagKey: 'red-hat', TagValue: 'true' }] }, rootOf(ACCOUNT))
  const wanted = new Map<Caller, [string, (typeof ALLOWED)[string]]>()
  for (const [index, [name, allowed]] of Object.entries(ALLOWED).entries()) {
    const [attached, bounded] = [`attached-${index}`, `bounded-${index}`]
    for (const UserName of [attached, bounded]) {
      wanted.set(await service.user(UserName), [UserName, allowed])
    }
    await service.iam('AttachUserPolicy', { UserName: attached, PolicyArn: ofAws(name) })
    const all = { PolicyName: 'all', PolicyDocument: document(allow('*')) }
    await service.iam('PutUserPolicy', { UserName: bounded, ...all })
    await service.iam('PutUserPermissionsBoundary', { UserName: bounded, PermissionsBoundary: ofAws(name) })
  }
  for (const action of ['DescribeKey', 'Encrypt', 'EnableKey'] as const) {
    const among = await whoAmong(service, action, arn)
    for (const [caller, [UserName, allowed]] of wanted) {
      const input = { KeyId: keyId, ...(action === 'Encrypt' && { Plaintext: 'AAAA' }) }
      const found = {
        decision: (await service.call(action, input, caller)).status === 200,
        canI: (await canI({ action, key: arn }, arnOf(`user/${UserName}`), service.services)).allowed,
        whoCan: among.has(arnOf(`user/${UserName}`)),
        simulation: await simulated(service, UserName, action, arn),
      }
      const is = allowed[action]
      assert.deepEqual(found, { decision: is, canI: is, whoCan: is, simulation: is }, `${UserName}: ${action}`)
    }
  }
})

async function whoAmong(service: TestService, action: string, key: string): Promise<Set<string>> {
  const found = new Set<string>()
  for await (const { principal } of whoCan({ action, key }, service.services)) found.add(principal)
  return found
}

async function simulated(service: TestService, userName: string, action: string, arn: string): Promise<boolean> {
  // A simulation has the key's tags only if the request states them.
  const tag = { ContextKeyName: 'aws:ResourceTag/red-hat', ContextKeyType: 'string', ContextKeyValues: ['true'] }
  const input = {
    PolicySourceArn: arnOf(`user/${userName}`),
    ActionNames: [`kms:${action}`],
    ResourceArns: [arn],
    ContextEntries: [tag],
  }
  const answer = await service.iam<{ EvaluationResults: [{ EvalDecision: string }] }>('SimulatePrincipalPolicy', input)
  return answer.EvaluationResults[0].EvalDecision === 'allowed'
}

test('an explanation names the AWS managed policy that allows or denies, and proposes no change of it', async () => {
  await using service = await TestService.open('on')
  const { arn } = await service.createKey({}, rootOf(ACCOUNT))
  await service.user('denied')
  for (const name of ['ReadOnlyAccess', 'AWSDenyAll']) {
    await service.iam('AttachUserPolicy', { UserName: 'denied', PolicyArn: ofAws(name) })
  }
  const { allowed, reason, explanation, calls } = await canI(
    { action: 'DescribeKey', key: arn },
    arnOf('user/denied'),
    service.services,
  )
  assert.deepEqual([allowed, reason], [false, 'denied-by-identity-policy'])
  const named = explanation.layers.flatMap(({ policies }) =>
    policies === 'absent' ? [] : policies.map(({ name }) => name),
  )
  assert.ok(named.includes(ofAws('ReadOnlyAccess')) && named.includes(ofAws('AWSDenyAll')), named.join(' '))
  assert.ok(!JSON.stringify(calls).includes('CreatePolicyVersion'), JSON.stringify(calls))
})
