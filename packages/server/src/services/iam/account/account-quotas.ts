import type { EntityKind } from '../../../vault/records/entity-name.ts'
import { entityNameOwner } from '../../../identity/accounts/entity-rows.ts'
import { countForOneMore } from '../../../vault/records/last-places.ts'
import type { Changeset } from '../../../vault/records/changeset.ts'
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

/**
 * Near the quota, places are assigned one at a time. More creations at once than this are not admitted
 * (throttle/rates.ts).
 */
const LAST_PLACES = 100

/** Throws LimitExceeded if the account has reached its quota of this kind of entity. */
export function requireRoomForEntity(kind: EntityKind, change: Change): Promise<void> {
  const owner = entityNameOwner(change.caller.principal.accountId, kind)
  return requireRoom(OF_KIND[kind], { table: 'entity_name', owner }, change)
}

/** Throws LimitExceeded if the account has reached its quota of OpenID Connect providers. */
export function requireRoomForProvider(change: Change): Promise<void> {
  const owner = change.caller.principal.accountId
  return requireRoom('OpenIdConnectProvidersPerAccount', { table: 'oidc_provider', owner }, change)
}

/** Counts only in the index, and only up to the quota. */
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
