import { parseArn, queryError, type ServiceError } from '@keyhold/protocol'
import { oidcProviderArn, providerInArn } from '../../../identity/accounts/entity-arns.ts'
import type { OidcProviderRecord } from '../../../vault/records/oidc-provider.ts'
import type { Authentic } from '../../../vault/records/authentic.ts'
import type { Changeset } from '../../../vault/records/changeset.ts'
import type { Needed } from '../../../execution/needed.ts'
import type { Context } from '../entities.ts'

interface ByArn {
  OpenIDConnectProviderArn: string
}

/** Returns what is wrong with the ARN of a provider, or `undefined`. */
export function providerArnFault({ OpenIDConnectProviderArn: arn }: ByArn): ServiceError | undefined {
  return providerInArn(parseArn(arn)) ? undefined : queryError('InvalidInput', `Invalid ARN: ${arn}`)
}

/** The `needs` of an operation on a provider: its action, on the provider that the request names. */
export function needsOnProvider(action: string): (input: ByArn, context: Context) => Promise<Needed[]> {
  return async (input, context) => {
    const provider = await findProvider(input, context)
    const tags = provider?.value.tags ?? []
    const rows = provider ? [provider] : []
    return [{ action: `iam:${action}`, resource: input.OpenIDConnectProviderArn, tags, rows }]
  }
}

/**
 * Returns the provider of this ARN in the caller's account, or `undefined`. Providers of other accounts are never
 * found.
 */
export async function findProvider(
  { OpenIDConnectProviderArn: arn }: ByArn,
  { caller, services }: Context,
): Promise<Authentic<OidcProviderRecord> | undefined> {
  const named = providerInArn(parseArn(arn))
  return named?.accountId === caller.principal.accountId ? services.directory.oidcProvider(named) : undefined
}

/** Like {@link findProvider}. Throws NoSuchEntity. */
export async function requireProvider(input: ByArn, context: Context): Promise<Authentic<OidcProviderRecord>> {
  const entry = await findProvider(input, context)
  if (entry) return entry
  throw noSuchProvider(input)
}

/** Throws NoSuchEntity for a provider of another account, whether it exists or not. */
export function requireOwnAccount(input: ByArn, { caller }: Context): void {
  const named = providerInArn(parseArn(input.OpenIDConnectProviderArn))
  if (named?.accountId !== caller.principal.accountId) throw noSuchProvider(input)
}

function noSuchProvider({ OpenIDConnectProviderArn: arn }: ByArn): ServiceError {
  return queryError('NoSuchEntity', `OpenIDConnect Provider not found for arn ${arn}`)
}

/** Writes the provider's record with `change` applied. */
export function changeProvider(
  provider: Authentic<OidcProviderRecord>,
  change: Partial<OidcProviderRecord>,
  { changes }: { changes: Changeset },
): void {
  changes.update(provider, { ...provider.value, ...change })
}

/** Source: IAM API Reference, CreateOpenIDConnectProvider. */
const MAX_THUMBPRINTS = 5

/** Returns what is wrong with the thumbprints of an issuer's certificates, or `undefined`. */
export function thumbprintFault(thumbprints: readonly string[] = []): ServiceError | undefined {
  if (thumbprints.length <= MAX_THUMBPRINTS) return undefined
  return queryError('InvalidInput', `A provider has at most ${MAX_THUMBPRINTS} thumbprints.`)
}

/** The ARN of an OpenID Connect provider. */
export function arnOfProvider(record: OidcProviderRecord): string {
  return oidcProviderArn(record)
}
