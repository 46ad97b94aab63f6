import type { JWTPayload, JWTVerifyOptions } from 'jose'
import * as errors from 'jose/errors'
import { jwtVerify } from 'jose/jwt/verify'
import type { Outbound } from '../../../platform/outbound/outbound.ts'
import type { Clock } from '../../../platform/clock.ts'
import type { Logger } from '../../../platform/logger.ts'
import { MAX_SKEW_SECONDS, type WebIdentity, webIdentity } from './claims.ts'
import { FetchedKeys } from './fetched-keys.ts'
import { FileKeys } from './file-keys.ts'
import { checkIssuers, type OidcIssuer } from './issuer.ts'
import type { IssuerKeys } from './issuer-keys.ts'
import type { KeySet } from './key-set.ts'
import * as refuse from './refusal.ts'
import { readToken } from './token.ts'

/** What {@link webIdentityVerifier} needs. */
export interface WebIdentityDependencies {
  issuers: readonly OidcIssuer[]
  /**
   * Must allow calls to the hosts of `hostsOfIssuers`. Keys that an issuer publishes elsewhere must come from a file.
   */
  outbound: Outbound
  clock: Clock
  logger: Logger
}

/**
 * Only signatures with asymmetric keys. Otherwise an attacker could use the public key as a symmetric one and sign with
 * it.
 */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'ES256', 'ES384', 'EdDSA']

/**
 * Verifies JSON Web Tokens of the configured OpenID Connect issuers. The returned function resolves with the identity
 * in the token, or rejects with a WebIdentityRefusal with the code of AWS STS. Throws a TypeError for an invalid
 * configuration.
 *
 * Callers have no other credentials. Before its signature is verified, a token costs two parsed JSON documents and, if
 * its key is unknown, a share in the rate-limited fetch of its issuer's keys.
 */
export function webIdentityVerifier(dependencies: WebIdentityDependencies): (token: string) => Promise<WebIdentity> {
  const { issuers, clock } = dependencies
  checkIssuers(issuers)
  const known = new Map(issuers.map((issuer) => [issuer.issuer, { issuer, keys: keysOf(issuer, dependencies) }]))

  return async (token) => {
    const unverified = readToken(token)
    if (!ALGORITHMS.includes(unverified.algorithm)) throw refuse.unacceptableAlgorithm()
    const source = known.get(unverified.issuer)
    if (source === undefined) throw refuse.unknownIssuer()
    const nowMs = clock.now()
    const payload = await verified(token, source.keys, optionsFor(source.issuer, nowMs))
    return webIdentity(payload, source.issuer, nowMs)
  }
}

function keysOf({ issuer, jwks }: OidcIssuer, dependencies: WebIdentityDependencies): IssuerKeys {
  return 'file' in jwks ? new FileKeys(jwks.file, dependencies.logger) : new FetchedKeys(issuer, dependencies)
}

/** Options for jose. Some repeat checks that are made around it, because jose parses the token itself. */
function optionsFor({ issuer, audiences }: OidcIssuer, nowMs: number): JWTVerifyOptions {
  return {
    algorithms: ALGORITHMS,
    issuer,
    audience: [...audiences],
    requiredClaims: ['exp', 'sub'],
    currentDate: new Date(nowMs),
    clockTolerance: MAX_SKEW_SECONDS,
  }
}

/** Returns the claims of a token, verified with the issuer's keys, or with newer ones if its key is unknown. */
async function verified(token: string, source: IssuerKeys, options: JWTVerifyOptions): Promise<JWTPayload> {
  const keys = await source.current()
  return (await payloadUnder(keys, token, options)) ?? (await payloadUnderNewer(keys, token, source, options))
}

async function payloadUnderNewer(
  keys: KeySet,
  token: string,
  source: IssuerKeys,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  const newer = await source.renewed()
  const payload = newer === keys ? undefined : await payloadUnder(newer, token, options)
  if (payload === undefined) throw refuse.unknownKey()
  return payload
}

/** Returns the verified claims, or `undefined` if the token's key is not among `keys`. Throws a refusal. */
async function payloadUnder(keys: KeySet, token: string, options: JWTVerifyOptions): Promise<JWTPayload | undefined> {
  try {
    return (await jwtVerify(token, keys, options)).payload
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return undefined
    throw refusalOf(error)
  }
}

/** Converts jose's errors to refusals. Any other error is a bug and is passed on unchanged. */
function refusalOf(error: unknown): unknown {
  if (error instanceof errors.JWTExpired) return refuse.expiredToken()
  if (error instanceof errors.JWTClaimValidationFailed) return claimRefusal(error)
  if (error instanceof errors.JWSSignatureVerificationFailed) return refuse.wrongSignature()
  if (error instanceof errors.JWKSMultipleMatchingKeys || error instanceof errors.JWKSInvalid)
    return refuse.unknownKey()
  return error instanceof errors.JOSEError ? refuse.malformedToken() : error
}

function claimRefusal({ claim, reason }: errors.JWTClaimValidationFailed): refuse.WebIdentityRefusal {
  if (claim === 'nbf' && reason === 'check_failed') return refuse.notYetValid('nbf')
  if (claim === 'aud' && reason === 'check_failed') return refuse.wrongAudience()
  return refuse.wrongClaim(claim)
}
