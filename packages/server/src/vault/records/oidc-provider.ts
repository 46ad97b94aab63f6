import type { Tag } from '../../domain/keys/record.ts'
import { defineTable, global } from './table.ts'

/** The body of a row of table `oidc_provider`: an OpenID Connect issuer that roles of the account can trust. */
export interface OidcProviderRecord {
  accountId: string
  /** The issuer without `https://`, as policies name it. */
  provider: string
  /** A token must be for one of these audiences. */
  clientIds: readonly string[]
  /** As given. They are not used: the operator configures how an issuer's keys are found and trusted. */
  thumbprints: readonly string[]
  tags: readonly Tag[]
  createdMs: number
}

export const oidcProviderTable = defineTable({
  name: 'oidc_provider',
  id: ({ accountId, provider }: Pick<OidcProviderRecord, 'accountId' | 'provider'>) => `${accountId}/${provider}`,
  owner: ({ accountId }: Pick<OidcProviderRecord, 'accountId'>) => accountId,
  domain: global,
  read: ({ body }) => JSON.parse(body) as OidcProviderRecord,
  absence: "Tokens of the issuer are refused for the account's roles.",
})
