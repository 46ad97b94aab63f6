import type { Input, OperationName } from '@keyhold/protocol'
import type { AuditResource } from '../audit/record.ts'
import type { GrantRecord } from '../domain/policy/grant-record.ts'
import { placeOf } from '../identity/accounts/caller.ts'
import { aliasArn } from '../domain/keys/arns.ts'
import type { Attempt } from './attempts.ts'
import type { KeyTarget } from './define.ts'
import { grantsOfTokens } from './grant-tokens.ts'
import { type Found, Lookup } from './lookup.ts'
import type { Asked } from './read.ts'
import type { Services } from './services.ts'

const FOUND = Symbol('found')

/** A key that an operation needs, and what looking for it found. */
export interface Candidate {
  readonly name: string
  readonly target: KeyTarget<OperationName>
  readonly found: Found
}

/** The keys and grants that a request names, as far as there are any: whether the caller may know is not decided yet. */
export interface FoundKeys<A extends Asked = Attempt> {
  readonly [FOUND]: true
  readonly asked: A
  readonly lookup: Lookup
  /** The grants that the request's grant tokens name, on any keys. */
  readonly tokenGrants: readonly GrantRecord[]
  readonly keys: readonly Candidate[]
}

/** Where an explanation finds what a recorded request named. */
export type FoundElsewhere = Pick<FoundKeys, 'tokenGrants' | 'keys'>

/**
 * Finds every key that the operation needs. That one is missing is a result, and nothing is thrown for it.
 *
 * @throws ServiceError InvalidGrantTokenException for a grant token that is none of this Region.
 */
export async function find(asked: Attempt, services: Services): Promise<FoundKeys> {
  const { operation, input, request, draft } = asked
  const tokenGrants = await grantsOfTokens(operation.grantTokens(input), request.caller.region, services)
  const lookup = lookupFor(asked, services)
  const keys = await Promise.all(
    Object.entries(operation.keys).map(async ([name, target]) => ({
      name,
      target,
      found: await target.find(input as Input<OperationName>, lookup, services),
    })),
  )
  draft.resources = resourcesOf(asked, keys)
  return { [FOUND]: true, asked, lookup, tokenGrants, keys }
}

/** What {@link find} would return for a request whose keys and grants are known already: that of an audit record. */
export function foundElsewhere<A extends Asked>(
  asked: A,
  known: FoundElsewhere,
  services: Pick<Services, 'directory'>,
): FoundKeys<A> {
  return { [FOUND]: true, asked, lookup: lookupFor(asked, services), ...known }
}

function lookupFor({ request }: Asked, { directory }: Pick<Services, 'directory'>): Lookup {
  return new Lookup(directory, placeOf(request.caller))
}

/** Records the resources of the request, as far as they are known: the alias first, as in CloudTrail, then the keys. */
function resourcesOf({ operation, input, request }: Attempt, keys: readonly Candidate[]): AuditResource[] {
  const { accountId } = request.caller.principal
  const place = { accountId, region: request.caller.region }
  const alias = operation.alias && aliasArn(place, operation.alias.name(input))
  const resources: AuditResource[] = alias === undefined ? [] : [{ accountId, type: 'AWS::KMS::Alias', arn: alias }]
  for (const { arn, key, ownerAccountId = accountId } of keys.map(({ found }) => found)) {
    if (arn === undefined || (key === undefined && !arn.includes(':key/'))) continue
    resources.push({ accountId: ownerAccountId, type: 'AWS::KMS::Key', arn })
  }
  return resources
}
