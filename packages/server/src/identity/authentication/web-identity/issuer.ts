import type { AllowedHost } from '../../../platform/outbound/allowed-hosts.ts'

/** An OpenID Connect provider whose tokens the operator accepts. */
export interface OidcIssuer {
  /** The exact value of `iss` in its tokens. */
  issuer: string
  /** A token's `aud` must contain at least one of them: the purpose of the token. */
  audiences: readonly string[]
  /** Its public keys: a JWK set in a file, or the published ones (OpenID Connect Discovery 1.0). */
  jwks: { file: string } | { fetched: true }
  /** Whether it can have an address of this machine or of a private network. */
  internal?: boolean | undefined
  /** A file of PEM certificates that are trusted for it, instead of the public authorities. */
  caFile?: string | undefined
}

/** AWS IAM's quotas for an OIDC provider: length of its URL and of an audience, number of audiences. */
const MAX_LENGTH = 255
const MAX_AUDIENCES = 100

/** Throws a TypeError, with a message for the operator, for the first invalid issuer. */
export function checkIssuers(issuers: readonly OidcIssuer[]): void {
  const seen = new Set<string>()
  for (const { issuer, audiences } of issuers) {
    if (!isIssuerUrl(issuer)) throw new TypeError(`${JSON.stringify(issuer)} is not the https: URL of an issuer`)
    // Condition keys are case-insensitive: one issuer's `sub` would be the other's.
    if (seen.has(issuer.toLowerCase())) throw new TypeError(`the issuer ${issuer} is configured twice`)
    seen.add(issuer.toLowerCase())
    if (!areAudiences(audiences)) throw new TypeError(`the issuer ${issuer} needs 1 to ${MAX_AUDIENCES} audiences`)
  }
}

/** The name of a provider in policies: in the ARN of its principal and before the colon of its condition keys. */
export function providerName(issuer: string): string {
  return issuer.replace(/^https:\/\//, '')
}

/** The hosts that must be called for the keys of these issuers. The guard of outbound calls needs them. */
export function hostsOfIssuers(issuers: readonly OidcIssuer[]): AllowedHost[] {
  return issuers
    .filter(({ jwks }) => 'fetched' in jwks)
    .map(({ issuer, internal, caFile }) => ({ host: new URL(issuer).host, internal, caFile }))
}

/** OpenID Connect Core 1.0, section 2, `iss`: scheme, host, and optionally port and path, in normalised form. */
function isIssuerUrl(text: string): boolean {
  const url = URL.parse(text)
  if (url?.protocol !== 'https:' || text.length > MAX_LENGTH) return false
  return text === url.origin || text === url.origin + url.pathname
}

function areAudiences(audiences: readonly string[]): boolean {
  const areNames = audiences.every((audience) => audience !== '' && audience.length <= MAX_LENGTH)
  return areNames && audiences.length > 0 && audiences.length <= MAX_AUDIENCES
}
