import { type Input, type OperationName, type ServiceError, serviceError } from '@keyhold/protocol'
import type { KeyEntry } from '../identity/directory/directory.ts'
import { aliasArn, keyArn } from '../domain/keys/arns.ts'
import { keyAsOf } from '../vault/records/key.ts'
import type { KeyRecord } from '../domain/keys/record.ts'
import { stateRefusal } from '../domain/keys/states.ts'
import { type Authorizer, type Decided, requireAllowed } from './authorize.ts'
import { type AnyOperation, type KeyTarget, rulesOf } from './define.ts'
import { type Draft, recordDecision } from './draft.ts'
import type { Found } from './found.ts'
import type { Lookup } from './lookup.ts'
import type { AuthenticatedRequest } from './request.ts'
import type { Services } from './services.ts'
import { sessionFault } from './session-fault.ts'
import { wrongOrigin } from './wrong-origin.ts'
import { admitByKey } from './throttle/admission.ts'

/** A key that an operation needs, and what looking for it brought. */
export interface Candidate {
  name: string
  target: KeyTarget<OperationName>
  found: Found
}

interface DecidingContext {
  operation: AnyOperation
  input: object
  services: Services
  request: AuthenticatedRequest
  lookup: Lookup
  authorizer: Authorizer
}

interface Context extends DecidingContext {
  draft: Draft
}

/**
 * Finds every key that the operation needs, authorises the caller on all of them and on whatever else the operation
 * needs, and only then asks whether each key exists, and whether its state and usage allow the operation.
 */
export async function usableKeys(context: Context): Promise<Record<string, KeyEntry>> {
  const { operation, input, lookup, services } = context
  const unsuitable = sessionFault(operation, context.request.caller)
  if (unsuitable) throw unsuitable
  const candidates = await Promise.all(
    Object.entries(operation.keys).map(async ([name, target]) => ({
      name,
      target,
      found: await target.find(input as Input<OperationName>, lookup, services),
    })),
  )
  recordResources(candidates, context)
  const decided = await decideAll(candidates, context)
  const { webIdentity } = context.request.caller
  recordDecision(context.draft, decided, { requestAliases: aliasesIn(candidates), webIdentity })
  await admitByKey(decidedRequest(candidates, decided, context), services)
  for (const each of decided) requireAllowed(each)
  const made = await Promise.all(candidates.map((candidate) => madeOnFirstUse(candidate, context)))
  return Object.fromEntries(made.map((candidate) => [candidate.name, usable(candidate, context)]))
}

/** By which aliases a request about several keys named them. */
function aliasesIn(candidates: readonly Candidate[]): Record<string, string> | undefined {
  if (candidates.length < 2) return undefined
  const named = candidates.flatMap(({ name, found: { requestAlias } }) =>
    requestAlias === undefined ? [] : [[name, requestAlias]],
  )
  return named.length === 0 ? undefined : (Object.fromEntries(named) as Record<string, string>)
}

function decidedRequest(
  candidates: readonly Candidate[],
  decided: readonly Decided[],
  { operation, input, request }: Context,
): Parameters<typeof admitByKey>[0] {
  const allowed = decided.every(({ decision }) => decision.allowed)
  return { operation, input, request, allowed, found: candidates.map(({ found }) => found) }
}

/** Everything is decided, also behind a denial: so that answers take equal time and explanations see it all. */
export async function decideAll(candidates: readonly Candidate[], context: DecidingContext): Promise<Decided[]> {
  const { operation, request, lookup, authorizer, services } = context
  const input = context.input as Input<OperationName>
  const needs = await operation.needs(input, { caller: request.caller, lookup, services })
  const all = Object.fromEntries(candidates.map(({ name, found }) => [name, found]))
  const rules = rulesOf(operation)
  const decided = await Promise.all(needs.map((needed) => authorizer.other(needed, rules)))
  for (const { target, found } of candidates) {
    if (found.isCallersOwn === true) continue
    const question = {
      action: `${operation.service}:${target.action ?? operation.name}`,
      rules,
      found,
      own: (await target.conditions?.(input, all, services)) ?? {},
      encryptionContext: target.context ? target.context(input) : contextMember(input),
    }
    decided.push(await (target.authorize?.(question, input, authorizer, services) ?? authorizer.key(question)))
  }
  return decided
}

function contextMember(input: Input<OperationName>): Record<string, string> | undefined {
  return 'EncryptionContext' in input ? input.EncryptionContext : undefined
}

/** The candidate, with an AWS managed key that did not exist yet now that somebody may use it. */
async function madeOnFirstUse(candidate: Candidate, { input, lookup, services }: Context): Promise<Candidate> {
  const { found, target } = candidate
  if (found.firstUse === undefined) return candidate
  await services.makeAwsManagedKey(found.firstUse)
  return { ...candidate, found: await target.find(input, lookup, services) }
}

/** The key, if it is there and fit. */
function usable({ found, target }: Candidate, { operation, input, services, request }: Context): KeyEntry {
  if (found.missing) throw found.missing
  const key = keyAsOf(found.key, services.clock.now())
  const { value } = key
  const arn = keyArn(value)
  // Decided already; asked again of the key itself, so that no target's own way of deciding lets another account in.
  if (!rulesOf(operation).acrossAccounts && value.accountId !== request.caller.principal.accountId) {
    throw new Error(`${operation.name} was allowed on ${arn}, which is of another account than its caller`)
  }
  if (value.manager === 'AWS' && operation.changesKey) throw awsManaged(arn, operation)
  const fault = keyFault(value, target, input, operation)
  if (fault) throw fault
  return key
}

/** What is wrong with the key for this request. The state comes before the usage, as on AWS. */
function keyFault(
  key: KeyRecord,
  { states, origin, usage, unfit }: Candidate['target'],
  input: object,
  { name }: AnyOperation,
): ServiceError | undefined {
  if (origin !== undefined && origin !== key.origin) return wrongOrigin(key)
  const arn = keyArn(key)
  const other = unfit?.fault(key, input)
  if (unfit?.before === 'state' && other) return other
  const fault = stateRefusal(states, key.state, arn) ?? other
  if (fault || usage === undefined || usage === key.usage) return fault
  const message = `${arn} key usage is ${key.usage} which is not valid for ${name}.`
  return serviceError('InvalidKeyUsageException', message)
}

/** Their policies allow no change, and where policies are not enforced none is made either. */
function awsManaged(arn: string, { name }: AnyOperation): ServiceError {
  const message = `kms:${name} on resource: ${arn} because no resource-based policy allows the kms:${name} action`
  return serviceError('AccessDeniedException', `Not authorized to perform: ${message}`)
}

/** What the request is about, as far as it is known: the alias first, as CloudTrail has it, then the keys. */
function recordResources(candidates: readonly Candidate[], { operation, input, request, draft }: Context): void {
  const { accountId } = request.caller.principal
  const place = { accountId, region: request.caller.region }
  const alias = operation.alias && aliasArn(place, operation.alias.name(input))
  draft.resources = alias === undefined ? [] : [{ accountId, type: 'AWS::KMS::Alias', arn: alias }]
  for (const { arn, key, ownerAccountId = accountId } of candidates.map(({ found }) => found)) {
    if (arn === undefined || (key === undefined && !arn.includes(':key/'))) continue
    draft.resources.push({ accountId: ownerAccountId, type: 'AWS::KMS::Key', arn })
  }
}
