import type { EntityKind } from '../../../identity/accounts/entity-arns.ts'
import { entityNameOwner } from '../../../identity/accounts/entity-rows.ts'
import { countForOneMore } from '../../../vault/records/last-places.ts'
import type { Changeset } from '../../../vault/storage/changeset.ts'
import type { TableName } from '../../../vault/storage/store.ts'
import type { Context } from '../entities.ts'
import { QUOTAS, requireWithin } from './quotas.ts'

type Change = Context & { changes: Changeset }

const OF_KIND = Object.freeze({
  user: 'UsersPerAccount',
  role: 'RolesPerAccount',
  group: 'GroupsPerAccount',
  policy: 'PoliciesPerAccount',
  'instance-profile': 'InstanceProfilesPerAccount',
} as const)

/** Places that are given away one after the other: more creations at once than this are not admitted (throttle/rates.ts). */
const LAST_PLACES = 100

/** Throws LimitExceeded where the account has as many of this kind as it may. */
export function requireRoomForEntity(kind: EntityKind, change: Change): Promise<void> {
  const owner = entityNameOwner(change.caller.principal.accountId, kind)
  return requireRoom(OF_KIND[kind], { table: 'entity_name', owner }, change)
}

/** Throws LimitExceeded where the account has as many OpenID Connect providers as it may. */
export function requireRoomForProvider(change: Change): Promise<void> {
  const owner = change.caller.principal.accountId
  return requireRoom('OpenIdConnectProvidersPerAccount', { table: 'oidc_provider', owner }, change)
}

/** Counts in the index alone, and no further than the quota. */
async function requireRoom(
  quota: (typeof OF_KIND)[EntityKind] | 'OpenIdConnectProvidersPerAccount',
  { table, owner }: { table: TableName; owner: string },
  change: Change,
): Promise<void> {
  const most = QUOTAS[quota]
  const count = (): Promise<number> => change.services.store.countByOwner(table, owner, most)
  const places = { of: change.caller.principal.accountId, most, last: LAST_PLACES, count }
  requireWithin(quota, (await countForOneMore(places, change)) + 1)
}
