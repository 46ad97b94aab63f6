/** `"Principal": "*"` and `{"AWS": "*"}` have the same meaning, including services, in every decision. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { canI } from '../../src/admin/access/can-i.ts'
import { explainRequest } from '../../src/admin/access/explain-request.ts'
import { replay } from '../../src/admin/access/replay.ts'
import { whoCan } from '../../src/admin/access/who-can.ts'
import type { Caller } from '../../src/identity/accounts/caller.ts'
import { contextOf, lastRecord } from '../admin/access/support/access.ts'
import { addService, addUser, ALLOW_KMS, policyOf } from '../support/identities.ts'
import { ACCOUNT, TestService } from '../support/service.ts'

let service: TestService
let admin: Caller
let backup: Caller

before(async () => {
  service = await TestService.open('on')
  admin = await addUser(service, 'admin', { inline: { all: ALLOW_KMS } })
  backup = await addService(service, 'backup.example.internal')
})
after(() => service[Symbol.asyncDispose]())

for (const Principal of ['*', { AWS: '*' }, { AWS: ['*'] }]) {
  for (const Effect of ['Allow', 'Deny']) {
    test(`a service is ${Effect === 'Allow' ? 'let in' : 'kept out'} by ${JSON.stringify(Principal)}`, async () => {
      const own = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' }
      const named = { ...own, Principal: { Service: backup.principal.arn } }
      const everybody = { Effect, Principal, Action: 'kms:Decrypt', Resource: '*' }
      const use = { ...everybody, Action: 'kms:DescribeKey' }
      const Policy = policyOf(own, ...(Effect === 'Deny' ? [named] : []), everybody, use)
      const key = (await service.createKey({ Policy }, admin)).arn
      const allowed = Effect === 'Allow'
      const { status } = await service.call('DescribeKey', { KeyId: key }, backup)
      assert.equal(status === 200, allowed)
      const { requestId } = await lastRecord(service)
      const { decided, now } = await explainRequest(requestId, contextOf(service))
      assert.deepEqual([decided?.allowed, now?.decision.allowed], [allowed, allowed])
      const question = { key, action: 'DescribeKey' }
      assert.equal((await canI(question, backup.principal.arn, service.services)).allowed, allowed)
      const able = await Array.fromAsync(whoCan(question, service.services), ({ principal }) => principal)
      assert.equal(able.includes(backup.principal.arn), allowed)
      const report = await replay({ key, policy: Policy, sinceMs: 0, untilMs: Date.UTC(2030) }, contextOf(service))
      assert.deepEqual([report.breaks, report.allows, report.deniedAnyway], [[], [], []])
    })
  }
}
