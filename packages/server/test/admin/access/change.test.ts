import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canI } from '../../../src/admin/access/can-i.ts'
import { decideAgain, decisiveOf } from '../../../src/admin/access/decide-again.ts'
import { explainRequest } from '../../../src/admin/access/explain-request.ts'
import { proposeCalls } from '../../../src/admin/access/propose-calls.ts'
import type { ProposedCall } from '../../../src/admin/access/proposed-call.ts'
import type { Edit } from '../../../src/domain/policy/explain/explanation.ts'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { addUser, ALLOW_KMS, rootOf } from '../../support/identities.ts'
import { applyCall } from '../../support/policies.ts'
import { TestService } from '../../support/service.ts'
import { contextOf, lastRecord } from './support/access.ts'
import { type Denial, DENIALS, inSession } from './support/denials.ts'

for (const denial of DENIALS) {
  test(`the proposal for ${denial.name} allows it, and no part of it can be omitted`, async () => {
    const edits = await allowedByChange(denial)
    for (const leftOut of edits.keys()) await deniedWithout(denial, leftOut)
  })
}

test('two proposals that were made before either was applied can both be applied, and allow only their contexts', async () => {
  await using service = await TestService.open('on')
  const key = await service.createKey({}, rootOf())
  const Condition = { StringEquals: { 'kms:EncryptionContext:tenant': 'acme' } }
  const caller = await addUser(service, 'ann', { inline: { acme: { ...ALLOW_KMS, Condition } } })
  const use = { KeyId: key.arn, KeySpec: 'AES_256' }
  const proposed: ProposedCall[] = []
  for (const tenant of ['umbrella', '${aws:username}']) {
    const question = { action: 'GenerateDataKey', key: key.arn, encryptionContext: { tenant } }
    proposed.push(...(await canI(question, caller.principal.arn, service.services)).calls)
  }
  await apply(service, proposed, caller)
  for (const tenant of ['acme', 'umbrella', '${aws:username}']) {
    await service.ok('GenerateDataKey', { ...use, EncryptionContext: { tenant } }, caller)
  }
  for (const EncryptionContext of [{}, { tenant: 'ann' }, { tenant: 'other' }]) {
    assert.match(await service.fault('GenerateDataKey', { ...use, EncryptionContext }, caller), /^AccessDenied/)
  }
})

/** A request is denied, explained, and allowed after the proposed change. */
async function allowedByChange(denial: Denial): Promise<Edit[]> {
  await using service = await TestService.open('on')
  const { caller, operation, input } = await denial.arrange(service)
  assert.match(await service.fault(operation, input, caller), /^AccessDeniedException/)
  const { requestId } = await lastRecord(service)
  const { decided, now, calls } = await explainRequest(requestId, contextOf(service))
  assert.equal(decided?.reason, denial.reason)
  assert.deepEqual(now?.change?.map(label), denial.change)
  await service.ok(operation, input, await apply(service, calls, caller))
  return now?.change ?? []
}

async function deniedWithout(denial: Denial, leftOut: number): Promise<void> {
  await using service = await TestService.open('on')
  const { caller, operation, input } = await denial.arrange(service)
  await service.fault(operation, input, caller)
  const record = await lastRecord(service)
  const { now } = await explainRequest(record.requestId, contextOf(service))
  const again = await decideAgain(record, service.services)
  const decided = again === 'caller-gone' ? undefined : decisiveOf(again, record)
  assert.ok(now?.change && decided)
  const others = now.change.filter((_, index) => index !== leftOut)
  const editing = { services: service.services, sessionPolicies: caller.session?.policies ?? [] }
  const changed = await apply(
    service,
    await proposeCalls([{ edits: others, request: decided.request }], editing),
    caller,
  )
  assert.match(await service.fault(operation, input, changed), /^AccessDeniedException/)
}

/** Applies the proposal, and returns the caller after it: a session cannot be changed, so the next one is used. */
async function apply(service: TestService, calls: readonly ProposedCall[], caller: Caller): Promise<Caller> {
  let next = caller
  for (const call of calls) {
    if ('byHand' in call) next = inSession(caller, { policies: [call.document] })
    else await applyCall(service, call, call.service === 'iam' ? caller.principal.accountId : undefined)
  }
  return next
}

function label(edit: Edit): string {
  return edit.kind === 'create-grant' ? edit.kind : `${edit.kind} ${edit.layer}`
}
