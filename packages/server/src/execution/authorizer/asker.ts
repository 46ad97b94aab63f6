import { type ServiceError, serviceError } from '@keyhold/protocol'
import type { IdentityPolicies } from '../../domain/policy/access.ts'
import type { ActionRules } from '../../domain/policy/action-rules.ts'
import type { GrantRecord } from '../../domain/policy/grant-record.ts'
import type { OwnConditions, RequestFacts } from '../../domain/policy/request-facts.ts'
import type { Caller } from '../../identity/accounts/caller.ts'
import { requestFacts } from './facts.ts'
import type { AuthenticatedRequest } from '../request.ts'
import type { Services } from '../services.ts'

/** A request as decisions see it. */
export interface AskedBy {
  readonly request: AuthenticatedRequest
  readonly input: object
  /** The grants of the request's tokens, read from the store; on any keys. */
  readonly tokenGrants: readonly GrantRecord[]
}

/** Who asks: what all decisions of one request have in common. */
export class Asker {
  readonly #by: AskedBy
  readonly #directory: Services['directory']
  #identity: CallerIdentity | undefined

  constructor(by: AskedBy, { directory }: Pick<Services, 'directory'>) {
    this.#by = by
    this.#directory = directory
  }

  get caller(): Caller {
    return this.#by.request.caller
  }

  get tokenGrants(): readonly GrantRecord[] {
    return this.#by.tokenGrants
  }

  /** The caller's policies and tags, read once for a request. @throws ServiceError for a caller who was deleted. */
  async identity(): Promise<CallerIdentity> {
    this.#identity ??= await identityOf(this.caller, { directory: this.#directory })
    return this.#identity
  }

  /** What the condition keys of one action are computed from, without what is known of the resource. */
  facts({ about }: ActionRules, { tags }: CallerIdentity, own: OwnConditions): RequestFacts {
    const facts = requestFacts(about, this.#by.request, this.#by.input, tags, own)
    if (this.tokenGrants.length === 0) return facts
    return {
      ...facts,
      tokenGrants: this.tokenGrants.map(({ keyId, region, grantId }) => ({ keyId, region, grantId })),
    }
  }
}

/** The caller's policies, session policies among them, and tags. */
export interface CallerIdentity {
  policies: IdentityPolicies
  tags: RequestFacts['principalTags']
  /** Whether one of the policies has a condition on the aliases of a key. */
  asksForAliases: boolean
}

const NO_POLICIES: CallerIdentity = { policies: { policies: [] }, tags: [], asksForAliases: false }

async function identityOf(
  { identityId, session }: Caller,
  { directory }: Pick<Services, 'directory'>,
): Promise<CallerIdentity> {
  if (identityId === undefined) return NO_POLICIES
  const permissions = await directory.permissions(identityId)
  if (permissions === undefined) throw unknownCaller()
  const { identity, record, asksForAliases } = permissions
  if (session === undefined) return { policies: identity, tags: record.tags, asksForAliases }
  const limits = await directory.sessionLimits(session)
  // Tag keys are case-insensitive (IAM User Guide, "Tags for IAM resources").
  const sessionTagKeys = new Set(session.tags.map(({ TagKey }) => TagKey.toLowerCase()))
  return {
    policies: limits ? { ...identity, session: limits.policies } : identity,
    tags: [...record.tags.filter(({ TagKey }) => !sessionTagKeys.has(TagKey.toLowerCase())), ...session.tags],
    asksForAliases: asksForAliases || limits?.asksForAliases === true,
  }
}

/** The error for a caller who was deleted after authentication of the request. */
export function unknownCaller(): ServiceError {
  return serviceError('UnrecognizedClientException', 'The security token included in the request is invalid.')
}
