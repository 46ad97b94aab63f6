import {
  parseArn,
  queryError,
  readSignedQuery,
  ServiceError,
  type ServiceRequest,
  SERVICES,
  type Sts,
} from '@keyhold/protocol'
import type { Directory } from '../directory/directory.ts'
import type { Caller, WebIdentity } from '../accounts/caller.ts'
import { nameInArn, oidcProviderArn } from '../accounts/entity-arns.ts'
import type { RawRequest } from './raw-request.ts'
import type { WebIdentity as VerifiedToken } from './web-identity/claims.ts'
import { providerName } from './web-identity/issuer.ts'
import { WebIdentityRefusal } from './web-identity/refusal.ts'

type Authenticate = (request: RawRequest) => Promise<Caller>

/** What {@link orWebIdentity} needs. */
export interface Dependencies {
  /** Rejects with a WebIdentityRefusal. */
  verifyToken(token: string): Promise<VerifiedToken>
  directory: Directory
}

/** The only operation whose callers do not sign: they have the token of an OIDC issuer instead. */
const OPERATION = 'AssumeRoleWithWebIdentity'

/** A token of 20,000 characters, a policy of 2048 and ten ARNs fit, with any escaping. */
const MAX_BODY_BYTES = 96 * 1024

/**
 * These requests have no credential scope that names a Region. This is the Region of STS's global endpoint, as
 * CloudTrail shows it for them.
 */
const REGION = 'us-east-1'

/**
 * Accepts AssumeRoleWithWebIdentity without a signature, and passes all other requests to `authenticate`. Never reads a
 * request with a signature, or a body longer than such a request can have.
 */
export function orWebIdentity(authenticate: Authenticate, dependencies: Dependencies): Authenticate {
  return async (request) => {
    if (isUnsigned(request) && asksForSaml(request)) throw queryError('UnsupportedOperation', NO_SAML)
    const input = webIdentityInput(request)
    return input === undefined ? await authenticate(request) : await webIdentityCaller(input, dependencies)
  }
}

/** Returns the input of an unsigned AssumeRoleWithWebIdentity request, or `undefined` for all others. */
function webIdentityInput(request: RawRequest): Sts.AssumeRoleWithWebIdentityRequest | undefined {
  const { query, body } = request
  if (!isUnsigned(request) || body.byteLength > MAX_BODY_BYTES) return undefined
  const asked = operationOf(body, query)
  if (asked?.operation !== OPERATION) return undefined
  const input = asked.decodeInput() as Sts.AssumeRoleWithWebIdentityRequest
  const fault = SERVICES.sts.validate(OPERATION, input)
  if (fault === undefined) return input
  input.WebIdentityToken?.wipe()
  throw fault
}

function isUnsigned({ headers, query }: RawRequest): boolean {
  const isSigned = headers.has('authorization') || readSignedQuery(query) !== undefined
  return !isSigned && !headers.has('x-amz-target')
}

/**
 * The other operation without a signature, which this server does not support. It is refused by name, not because of a
 * missing signature.
 */
function asksForSaml({ query, body }: RawRequest): boolean {
  const form = Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, MAX_ACTION_BYTES)).toString('latin1')
  return SAML.test(query) || SAML.test(form)
}

const SAML = /(?:^|&)Action=AssumeRoleWithSAML(?:&|$)/
/** How much of a body is searched for its Action: clients write it first. */
const MAX_ACTION_BYTES = 1024
const NO_SAML = 'AssumeRoleWithSAML is not supported by this server, which has no SAML providers.'

/** Unsigned requests for operations that STS does not have are refused for the missing signature first. */
function operationOf(body: Uint8Array, query: string): ServiceRequest | undefined {
  try {
    return SERVICES.sts.readRequest(undefined, body, query)
  } catch (error) {
    if (error instanceof ServiceError) return undefined
    throw error
  }
}

/** Returns the caller that the token identifies in the account of the role. */
async function webIdentityCaller(
  { RoleArn, WebIdentityToken }: Sts.AssumeRoleWithWebIdentityRequest,
  { verifyToken, directory }: Dependencies,
): Promise<Caller> {
  using token = WebIdentityToken
  const role = nameInArn('role', parseArn(RoleArn))
  if (role === undefined) throw queryError('ValidationError', `${RoleArn} is invalid`)
  const verified = await verifyToken(Buffer.from(token.reveal()).toString()).catch(asServiceError)
  const webIdentity = await inAccount(role.accountId, verified, directory)
  const { provider: arn, subject, audience } = webIdentity
  const principalId = `${arn}:${audience}:${subject}`
  const principal = { type: 'WebIdentity', arn, accountId: role.accountId, principalId } as const
  return { principal, accessKeyId: '', region: REGION, service: 'sts', webIdentity }
}

function asServiceError(error: unknown): never {
  throw error instanceof WebIdentityRefusal ? queryError(error.code, error.message, { cause: error }) : error
}

/**
 * Returns what the token means in one account. The account must have its issuer as a provider, for one of the token's
 * audiences. Only callers with a valid token of a configured issuer get here, so that no other caller learns which
 * providers an account has.
 */
async function inAccount(accountId: string, token: VerifiedToken, directory: Directory): Promise<WebIdentity> {
  const { issuer, subject, tags, transitiveTagKeys, sourceIdentity } = token
  const name = providerName(issuer)
  const provider = (await directory.oidcProvider({ accountId, provider: name }))?.value
  if (provider === undefined) throw invalidToken(`No OpenIDConnect provider found in your account for ${issuer}`)
  const claims = lowerCaseNames(token.claims)
  const audiences = (claims[`${name.toLowerCase()}:aud`] ?? []).filter((one) => provider.clientIds.includes(one))
  const [audience] = audiences
  if (audience === undefined) throw invalidToken('Incorrect token audience')
  const forProvider = { ...claims, [`${name.toLowerCase()}:aud`]: audiences }
  return {
    issuer,
    provider: oidcProviderArn({ accountId, provider: name }),
    subject,
    audience,
    claims: forProvider,
    tags,
    transitiveTagKeys,
    ...(sourceIdentity !== undefined && { sourceIdentity }),
  }
}

/** Condition keys are case-insensitive. */
function lowerCaseNames(claims: VerifiedToken['claims']): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(claims).map(([name, values]) => [name.toLowerCase(), values]))
}

function invalidToken(message: string): ServiceError {
  return queryError('InvalidIdentityToken', message)
}
