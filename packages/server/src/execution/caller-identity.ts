import { type ServiceError, serviceError } from '@keyhold/protocol'
import type { IdentityPolicies } from '../domain/policy/access.ts'
import type { RequestFacts } from '../domain/policy/request-facts.ts'
import type { AuthenticatedRequest } from './request.ts'
import type { Services } from './services.ts'

/** What belongs to the caller: his policies, session policies among them, and his tags. */
export interface CallerIdentity {
  policies: IdentityPolicies
  tags: RequestFacts['principalTags']
  asksForAliases: boolean
}

const NO_POLICIES: CallerIdentity = { policies: { policies: [] }, tags: [], asksForAliases: false }

/** What a caller is told whose credentials have become nobody's since his request was authenticated. */
export function unknownCaller(): ServiceError {
  return serviceError('UnrecognizedClientException', 'The security token included in the request is invalid.')
}

/** Throws what a caller is told who was deleted after his request was authenticated. */
export async function identityOf(
  { caller: { identityId, session } }: Pick<AuthenticatedRequest, 'caller'>,
  { directory }: Pick<Services, 'directory'>,
): Promise<CallerIdentity> {
  if (identityId === undefined) return NO_POLICIES
  const permissions = await directory.permissions(identityId)
  if (permissions === undefined) throw unknownCaller()
  const { identity, record, asksForAliases } = permissions
  if (session === undefined) return { policies: identity, tags: record.tags, asksForAliases }
  const limits = await directory.sessionLimits(session)
  // Names of tags that differ in nothing but case are the same name (IAM User Guide, "Tags for IAM resources").
  const sessionTagKeys = new Set(session.tags.map(({ TagKey }) => TagKey.toLowerCase()))
  return {
    policies: limits ? { ...identity, session: limits.policies } : identity,
    tags: [...record.tags.filter(({ TagKey }) => !sessionTagKeys.has(TagKey.toLowerCase())), ...session.tags],
    asksForAliases: asksForAliases || limits?.asksForAliases === true,
  }
}
