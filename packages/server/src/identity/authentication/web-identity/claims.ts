import type { JWTPayload } from 'jose'
import { type OidcIssuer, providerName } from './issuer.ts'
import * as refuse from './refusal.ts'
import { type SessionClaims, sessionClaims } from './session-claims.ts'

/** The subject of a verified token, and what the token asks for its session. */
export interface WebIdentity extends SessionClaims {
  issuer: string
  /** Unique within the issuer, and never reassigned (OpenID Connect Core 1.0, section 2). */
  subject: string
  /** The first of the issuer's configured audiences that the token is for. */
  audience: string
  /** Values of condition keys: `<provider>:sub`, `<provider>:aud` and, if the token has it, `<provider>:amr`. */
  claims: Readonly<Record<string, readonly string[]>>
  expiresMs: number
}

/** How far the issuer's clock can be ahead of the server's. Expiration has no such tolerance. */
export const MAX_SKEW_SECONDS = 60

/** The maximum time between `iat`, or now without it, and `exp`. Tokens for a day are common, longer ones are not. */
const MAX_LIFETIME_HOURS = 24

/** OpenID Connect Core 1.0, section 2, `sub`. */
const MAX_SUBJECT_LENGTH = 255

/** Checks the claims that jose does not: signature, issuer, audience, `nbf` and presence are already verified. */
export function webIdentity(payload: JWTPayload, { issuer, audiences }: OidcIssuer, nowMs: number): WebIdentity {
  const expiresMs = checkedExpiry(payload, nowMs)
  const subject = checkedSubject(payload.sub)
  const meant = matchingAudiences(payload.aud, audiences)
  const [audience] = meant
  if (audience === undefined) throw refuse.wrongAudience()
  const provider = providerName(issuer)
  const methods = payload.amr === undefined ? {} : { [`${provider}:amr`]: stringsOf(payload.amr, 'amr') }
  const claims = { [`${provider}:sub`]: [subject], [`${provider}:aud`]: meant, ...methods }
  return { issuer, subject, audience, claims, expiresMs, ...sessionClaims(payload) }
}

function checkedExpiry({ exp, iat }: JWTPayload, nowMs: number): number {
  if (exp === undefined) throw refuse.wrongClaim('exp')
  const nowSeconds = nowMs / 1000
  if (exp <= nowSeconds) throw refuse.expiredToken()
  if (iat !== undefined && iat > nowSeconds + MAX_SKEW_SECONDS) throw refuse.notYetValid('iat')
  if (exp - (iat ?? nowSeconds) > MAX_LIFETIME_HOURS * 3600) throw refuse.tooLongLived(MAX_LIFETIME_HOURS)
  return Math.floor(exp * 1000)
}

/** The subject is shown in records and compared with patterns, so it must not contain control characters. */
function checkedSubject(subject: unknown): string {
  const isName = typeof subject === 'string' && subject !== '' && subject.length <= MAX_SUBJECT_LENGTH
  if (!isName || /\p{Cc}/u.test(subject)) throw refuse.wrongClaim('sub')
  return subject
}

function matchingAudiences(claim: unknown, audiences: readonly string[]): string[] {
  const named = stringsOf(claim, 'aud')
  return audiences.filter((audience) => named.includes(audience))
}

function stringsOf(claim: unknown, name: string): string[] {
  const values: unknown[] = Array.isArray(claim) ? claim : [claim]
  if (!values.every((value) => typeof value === 'string')) throw refuse.wrongClaim(name)
  return values
}
