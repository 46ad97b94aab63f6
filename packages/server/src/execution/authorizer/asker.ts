import type { ActionRules } from '../../domain/policy/action-rules.ts'
import type { GrantRecord } from '../../domain/policy/grant-record.ts'
import type { OwnConditions, RequestFacts } from '../../domain/policy/request-facts.ts'
import type { Caller } from '../../identity/accounts/caller.ts'
import { type CallerIdentity, identityOf } from '../caller-identity.ts'
import { requestFacts } from '../facts.ts'
import type { AuthenticatedRequest } from '../request.ts'
import type { Services } from '../services.ts'

/** A request as decisions see it. */
export interface AskedBy {
  readonly request: AuthenticatedRequest
  readonly input: object
  /** Grants that the request's tokens name, read through to the store; of any keys. */
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
    this.#identity ??= await identityOf(this.#by.request, { directory: this.#directory })
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
