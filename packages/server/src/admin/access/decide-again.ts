import { ServiceError, SERVICES } from '@keyhold/protocol'
import type { AuditRecord, CutText } from '../../audit/record.ts'
import type { GrantRecord } from '../../domain/policy/grant-record.ts'
import { grantTable } from '../../vault/records/grant.ts'
import type { ProposedPolicies } from '../../execution/authorizer/access-question.ts'
import type { Authorizer } from '../../execution/authorizer/authorizer.ts'
import type { Decided } from '../../execution/authorizer/decided.ts'
import { authorizerFor, decide } from '../../execution/decide-request.ts'
import { foundElsewhere } from '../../execution/find.ts'
import type { AuthenticatedRequest } from '../../execution/request.ts'
import { underPresentName } from '../../execution/present-caller.ts'
import type { Serving } from '../../execution/operations.ts'
import { type AnyOperation, rulesOf } from '../../execution/define.ts'
import { recordedKeys } from './recorded-keys.ts'
import { recordedInput } from './recorded-input.ts'
import { recordedRequest } from './recorded-request.ts'

/** `caller-gone`: the calling user or role was deleted, so its permissions are unknown. */
export type DecidedAgain = readonly Decided[] | 'caller-gone'

/**
 * Decides everything that a recorded request asked for again, as execute() would now: by the current policies, grants
 * and tags, with the request's parameters from its record. Empty for a record that is not of a request.
 */
export async function decideAgain(
  record: AuditRecord,
  services: Serving,
  proposed?: ProposedPolicies,
): Promise<DecidedAgain> {
  const recorded = recordedRequest(record)
  const request = recorded && (await underPresentName(recorded, services))
  const operation = operationOf(record, services)
  if (request === undefined || operation === undefined) return []
  const asked = { operation, input: recordedInput(record), request }
  const recordedNames = {
    tokenGrants: await tokenGrants(record, services),
    keys: await recordedKeys(operation, record, services.directory),
  }
  const found = foundElsewhere(asked, recordedNames, services)
  const authorizer = authorizerFor(found, services, { proposed, looksAt: 'all grants' })
  try {
    return await decide(found, authorizer, services)
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error
    return (await isGone(request, services)) ? 'caller-gone' : ofRecordedResource(record, operation, authorizer)
  }
}

/** The grants of the request's tokens that still exist. Each counts only for its own key. */
async function tokenGrants({ decision }: AuditRecord, services: Serving): Promise<GrantRecord[]> {
  const named = decision?.tokenGrants ?? []
  const found = await Promise.all(named.map(async (grant) => (await services.records.get(grantTable, grant))?.value))
  return found.filter((grant) => grant !== undefined)
}

/**
 * Inputs of the decision that are missing in the record because they were too large. Without them a decision can be
 * wrong.
 */
export function cutInputs({ cut = [] }: AuditRecord): CutText[] {
  return cut.filter(({ member }) => member.startsWith('request.') || member.startsWith('decision.'))
}

/**
 * Returns the decisive decision of a request: the one in its record, unless that is now an allow and another one a
 * denial; otherwise the one that the service would return now.
 */
export function decisiveOf(all: readonly Decided[], { decision }: AuditRecord): Decided | undefined {
  const named = all.find(({ action, resource }) => action === decision?.action && resource.arn === decision.resource)
  if (named?.decision.allowed === false) return named
  return all.find((one) => !one.decision.allowed) ?? named ?? all[0]
}

function operationOf({ service, operation }: AuditRecord, { operations }: Serving): AnyOperation | undefined {
  return Object.hasOwn(SERVICES, service) ? operations.of(service as keyof typeof SERVICES).get(operation) : undefined
}

async function isGone({ caller: { identityId } }: AuthenticatedRequest, { directory }: Serving): Promise<boolean> {
  return identityId !== undefined && (await directory.permissions(identityId)) === undefined
}

/** After the user, role or policy of a request was deleted, the permissions that the request needs are unknown. */
async function ofRecordedResource(
  { decision }: AuditRecord,
  operation: AnyOperation,
  authorizer: Authorizer,
): Promise<Decided[]> {
  if (decision?.action === undefined) return []
  const needed = { action: decision.action, resource: decision.resource ?? '*' }
  return [await authorizer.other(needed, rulesOf(operation))]
}
