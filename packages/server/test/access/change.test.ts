import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideAgain, decisiveOf } from '../../src/access/decide-again.ts'
import { explainRequest } from '../../src/access/explain-request.ts'
import { proposeCalls } from '../../src/access/propose-calls.ts'
import type { ProposedCall } from '../../src/access/proposed-call.ts'
import type { Edit } from '../../src/authorization/explain/explanation.ts'
import type { Caller } from '../../src/identity/caller.ts'
import { applyCall } from '../support/policies.ts'
import { TestService } from '../support/service.ts'
import { contextOf, lastRecord } from './support/access.ts'
import { type Denial, DENIALS, inSession } from './support/denials.ts'

for (const denial of DENIALS) {
  test(`what is proposed for ${denial.name} allows it, and nothing of it can be left out`, async () => {
    const edits = await allowedByChange(denial)
    for (const leftOut of edits.keys()) await deniedWithout(denial, leftOut)
  })
}

/** Denied, explained, changed as proposed, allowed. */
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
  const changed = await apply(service, await proposeCalls(others, decided.request, editing), caller)
  assert.match(await service.fault(operation, input, changed), /^AccessDeniedException/)
}

/** Does what is proposed, and answers who asks then: a session cannot be changed, but the next one is another. */
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
