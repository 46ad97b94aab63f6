import type { RequestFacts, SessionFacts } from '../../domain/policy/request-facts.ts'
import type { Session } from '../../identity/accounts/caller.ts'
import type { KeyRecord } from '../../domain/keys/record.ts'
import type { AuthenticatedRequest } from '../request.ts'

/**
 * A global service has one Region, whichever Region a request was signed for. Source: IAM User Guide,
 * "aws:RequestedRegion".
 */
const REGION_OF_IAM = 'us-east-1'

/** Returns what the condition keys of every request are computed from. */
export function requestFacts(
  about: RequestFacts['about'],
  { service, caller, sourceIp, userAgent, receivedAtMs, secure }: AuthenticatedRequest,
  input: object,
  principalTags: RequestFacts['principalTags'],
  own: RequestFacts['own'],
): RequestFacts {
  return {
    about,
    principal: caller.principal,
    principalTags,
    session: caller.session && sessionFacts(caller.session),
    sourceIp,
    userAgent,
    secure,
    timeMs: receivedAtMs,
    region: service === 'iam' ? REGION_OF_IAM : caller.region,
    input: input as RequestFacts['input'],
    own,
  }
}

function sessionFacts({
  issuedMs,
  policies,
  managedPolicies,
  tags,
  sourceIdentity,
  federated,
  via,
}: Session): SessionFacts {
  return {
    issuedMs,
    ...(policies && { policies }),
    ...(managedPolicies && { managedPolicies }),
    ...(tags.length > 0 && { tags }),
    ...(sourceIdentity !== undefined && { sourceIdentity }),
    ...(federated && { federatedProvider: federated.provider, claims: federated.claims }),
    ...(via && { via }),
  }
}

/** Returns the properties of a key that policies can use. */
export function keyFacts(record: KeyRecord): Pick<RequestFacts, 'key' | 'resourceTags'> {
  const { spec, usage, origin, multiRegion, tags } = record
  const key = { spec, usage, origin, ...(multiRegion && { multiRegion: KEY_TYPES[multiRegion.type] }) }
  return { key, resourceTags: tags }
}

const KEY_TYPES = { PRIMARY: 'primary', REPLICA: 'replica' } as const
