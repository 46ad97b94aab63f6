import type { Tag } from '../../domain/keys/record.ts'
import { defineTable, global } from './table.ts'

/** The body of a row of table `oidc_provider`: an OpenID Connect issuer whose tokens roles of the account may trust. */
export interface OidcProviderRecord {
  accountId: string
  /** The issuer without `https://`: how policies call it. */
  provider: string
  /** Which audiences a token must be for, one of them at least. */
  clientIds: readonly string[]
  /** As given; nothing is compared with them: the operator says how an issuer's keys are found and trusted. */
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
