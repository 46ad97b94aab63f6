import { type Input, type OperationName, serviceError } from '@keyhold/protocol'
import type { KeyEntry } from '../directory/directory.ts'
import { aliasArn, keyArn } from '../keys/arns.ts'
import { stateRefusal } from '../keys/states.ts'
import { decideFor, requireAllowed } from './authorize.ts'
import type { AnyOperation, KeyTarget } from './define.ts'
import type { Draft } from './draft.ts'
import type { Found } from './found.ts'
import type { Lookup } from './lookup.ts'
import type { AuthenticatedRequest } from './request.ts'

interface Candidate {
  name: string
  target: KeyTarget<OperationName>
  found: Found
}

/**
 * Finds every key that the operation needs, authorises the caller on all of them, and only then asks whether each
 * exists, and whether its state and usage allow the operation.
 */
export async function usableKeys(
  operation: AnyOperation,
  input: Input<OperationName>,
  request: AuthenticatedRequest,
  draft: Draft,
  lookup: Lookup,
): Promise<Record<string, KeyEntry>> {
  const candidates = await Promise.all(
    Object.entries(operation.keys).map(async ([name, target]) => ({
      name,
      target,
      found: await target.find(input, lookup),
    })),
  )
  recordResources(operation, input, candidates, request, draft)
  authorize(operation, candidates, request, draft)
  return Object.fromEntries(candidates.map((candidate) => [candidate.name, usable(candidate, operation.name)]))
}

function authorize(
  operation: AnyOperation,
  candidates: readonly Candidate[],
  { caller }: AuthenticatedRequest,
  draft: Draft,
): void {
  const ownAccount = { ownerAccountId: caller.principal.accountId, hiddenAs: 'this resource' as const }
  const concernsAccount = candidates.length === 0 || operation.alias !== undefined
  const decisions = [
    ...(concernsAccount ? [decideFor(ownAccount, caller, operation.name)] : []),
    ...candidates.map(({ found, target }) => decideFor(found, caller, target.action ?? operation.name)),
  ]
  const decisive = decisions.find(({ allowed }) => !allowed) ?? decisions[0]
  if (decisive) draft.decision = { allowed: decisive.allowed, reason: decisive.reason }
  for (const decision of decisions) requireAllowed(decision)
}

/** The key, if it is there and fit. State comes before usage, as on AWS. */
function usable({ found, target }: Candidate, operation: string): KeyEntry {
  if (found.missing) throw found.missing
  const { value } = found.key
  const arn = keyArn(value)
  const refusal = stateRefusal(target.states, value.state, arn)
  if (refusal) throw refusal
  const usage: string = value.usage
  if (target.usage !== undefined && target.usage !== usage) {
    const message = `${arn} key usage is ${usage} which is not valid for ${operation}.`
    throw serviceError('InvalidKeyUsageException', message)
  }
  return found.key
}

/** What the request is about, as far as it is known: the alias first, as CloudTrail has it, then the keys. */
function recordResources(
  operation: AnyOperation,
  input: Input<OperationName>,
  candidates: readonly Candidate[],
  { caller }: AuthenticatedRequest,
  draft: Draft,
): void {
  const { accountId } = caller.principal
  const alias = operation.alias && aliasArn({ accountId, region: caller.region }, operation.alias.name(input))
  draft.resources = alias === undefined ? [] : [{ accountId, type: 'AWS::KMS::Alias', arn: alias }]
  for (const { arn, key, ownerAccountId = accountId } of candidates.map(({ found }) => found)) {
    if (arn === undefined || (key === undefined && !arn.includes(':key/'))) continue
    draft.resources.push({ accountId: ownerAccountId, type: 'AWS::KMS::Key', arn })
  }
}
