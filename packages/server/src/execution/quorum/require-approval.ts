import { type ServiceError, serviceError } from '@keyhold/protocol'
import { commitRecorded } from '../../audit/commit-recorded.ts'
import type { AuditRecord } from '../../audit/record.ts'
import { keyArn } from '../../domain/keys/arns.ts'
import type { KeyRecord } from '../../domain/keys/record.ts'
import { isAboutKey, type QuorumRule } from '../../domain/policy/quorum.ts'
import type { QuorumRequest } from '../../vault/records/quorum-request.ts'
import type { Committing } from '../attempts.ts'
import { actionOn, type AnyOperation } from '../define.ts'
import { loggable } from '../draft.ts'
import type { Serving } from '../operations.ts'
import type { Done } from '../run.ts'
import { digestOf } from './digest.ts'
import { familyOf } from './family.ts'
import { namedIn } from './named.ts'
import { peopleBehind, requesterId } from './people.ts'
import { refusalOf } from './refusal.ts'
import { type Protected, rulesAbout, settle } from './settle.ts'

/** What a request computed, and what can be logged of its answer. */
type Asking = Pick<Done, 'usable' | 'changes'> & { response: object | undefined }

/**
 * Requires that the approvers of an account's quorum rules have approved a request, if any of them is about it. The caller is
 * authorised by then, and the request is sound: strangers learn nothing, and what cannot be done waits for no one. Adds to the
 * request's changes that its approval is used up, so that it commits once.
 *
 * Resolves to false where another writer was faster: the request starts over.
 *
 * @throws ServiceError AccessDeniedException while approvals are missing. From the first time on the request waits for them.
 */
export async function requireApproval(done: Asking, committing: Committing, services: Serving): Promise<boolean> {
  const { operation, request, draft } = done.usable.found.asked
  // Without enforcement, everything is allowed; what a rollback undid was approved when it was first done.
  if (operation.quorum === undefined || done.changes.isEmpty || services.enforcement === 'off') return true
  const { caller } = request
  const { accountId } = caller.principal
  const keys = Object.values(done.usable.keys).map(({ value }) => value)
  const rules = await rulesAbout(accountId, (rule) => concerns(rule, done, keys, services), services, done.changes)
  if (rules.length === 0) return true
  const call = await protectedCall(done, keys, rules, services)
  const settled = await settle(call, services, done.changes)
  if (settled.result === 'approved') {
    draft.additional['approvalRequest'] = settled.request.requestId
    draft.additional['approvedBy'] = settled.request.approvals.map(({ arn }) => arn).join(' ')
    return true
  }
  if (settled.result === 'waits' && settled.create) {
    const { create } = settled
    const record = waitingRecord(settled.request, draft, services)
    if (!(await committing(() => commitRecorded(create, [record], services)))) return false
  }
  throw refused(refusalOf(settled, { arn: caller.principal.arn, action: call.action, resource: call.resource }))
}

/** The error that no client repeats by itself. */
function refused(sentence: string): ServiceError {
  return serviceError('AccessDeniedException', sentence)
}

async function concerns(
  rule: QuorumRule,
  { usable }: Asking,
  keys: readonly KeyRecord[],
  { directory }: Serving,
): Promise<boolean> {
  const { operation, input, request } = usable.found.asked
  const { quorum } = operation
  if (quorum === undefined) return false
  if (quorum.protection !== 'always' && !rule.protects.includes(quorum.protection)) return false
  const question = { input, caller: request.caller, keys, directory }
  if (quorum.concerns && !(await quorum.concerns(rule, question))) return false
  if (quorum.concerns && quorum.protection === 'always') return true
  const families = await Promise.all(keys.map((key) => familyOf(key, directory)))
  return families.flat().some((key) => isAboutKey(rule, key))
}

/** What is asked, by which caller, and all that it was seen with: any change of it is another request. */
async function protectedCall(
  { usable, response }: Asking,
  keys: readonly KeyRecord[],
  rules: readonly QuorumRule[],
  { directory }: Serving,
): Promise<Protected> {
  const { operation, input, request } = usable.found.asked
  const { caller } = request
  const policies = await Promise.all(keys.map((key) => directory.keyPolicy(key)))
  const people = await peopleBehind(caller, directory)
  const requester = { id: requesterId(caller), arn: caller.principal.arn, people }
  const action = actionOn(operation, {})
  const resource = resourceOf(keys, usable.found.asked.draft)
  const digest = digestOf({
    requester: requester.id,
    // Of two who act by one role, each asks for themselves: one could approve, and then repeat, what the other asked.
    people: people.toSorted(),
    action,
    region: caller.region,
    input: exactly(input, response, operation),
    named: await namedIn(input, caller.principal.accountId, directory),
    keys: keys.map(stable),
    policies: policies.map((policy) => policy?.stored.value),
    rules,
  })
  const logged = loggable(operation.audit.request, input)
  return { accountId: caller.principal.accountId, requester, action, resource, input: logged, digest, rules }
}

/**
 * The input without the member that names the key, as one key has several names: the key itself is in the digest. What is
 * different whenever the same is asked is replaced by what the operation says of it.
 */
function exactly(input: object, response: object | undefined, { keys, quorum }: AnyOperation): object {
  const left = new Set([...(Object.keys(keys).length > 0 ? ['KeyId'] : []), ...(quorum?.fresh?.input ?? [])])
  const said = new Set(quorum?.fresh?.answer)
  return {
    ...Object.fromEntries(Object.entries(input).filter(([name]) => !left.has(name))),
    answer: Object.entries(response ?? {}).filter(([name]) => said.has(name)),
  }
}

/** A key without what changes by its use alone. */
function stable({ hasUses: _hasUses, ...key }: KeyRecord): object {
  return key
}

function resourceOf(keys: readonly KeyRecord[], { decision }: Pick<AuditRecord, 'decision'>): string {
  return keys[0] ? keyArn(keys[0]) : (decision?.resource ?? '*')
}

/** The record of a call that waits from now on, beside that of the refusal. */
function waitingRecord(
  { requestId, action, resource, requester, rules, expiresMs }: QuorumRequest,
  { accountId, region, resources }: AuditRecord,
  { random, clock }: Serving,
): AuditRecord {
  return {
    eventId: random.uuid(),
    requestId: random.uuid(),
    timeMs: clock.now(),
    kind: 'service',
    service: 'keyhold',
    operation: 'RequestApproval',
    region,
    accountId,
    sourceIp: 'AWS Internal',
    userAgent: 'AWS Internal',
    readOnly: false,
    additional: { requestId, action, resource, requester: requester.arn, rules: rules.join(' '), expiresMs },
    resources,
  }
}
