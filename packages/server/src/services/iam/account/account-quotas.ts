import { type EntityKind, entityNameTable } from '../../../vault/records/entity-name.ts'
import { oidcProviderTable } from '../../../vault/records/oidc-provider.ts'
import { countForOneMore } from '../../../vault/records/last-places.ts'
import type { Changeset } from '../../../vault/records/changeset.ts'
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
  const { caller, services } = change
  const place = { accountId: caller.principal.accountId, kind }
  return requireRoom(OF_KIND[kind], (most) => services.records.countByOwner(entityNameTable, place, most), change)
}

/** Throws LimitExceeded if the account has reached its quota of OpenID Connect providers. */
export function requireRoomForProvider(change: Change): Promise<void> {
  const { records } = change.services
  const { accountId } = change.caller.principal
  const count = (most: number): Promise<number> => records.countByOwner(oidcProviderTable, { accountId }, most)
  return requireRoom('OpenIdConnectProvidersPerAccount', count, change)
}

/** Counts only in the index, and only up to the quota. */
async function requireRoom(
  quota: (typeof OF_KIND)[EntityKind] | 'OpenIdConnectProvidersPerAccount',
  count: (most: number) => Promise<number>,
  change: Change,
): Promise<void> {
  const most = QUOTAS[quota]
  const places = { of: change.caller.principal.accountId, most, last: LAST_PLACES, count: () => count(most) }
  requireWithin(quota, (await countForOneMore(places, change)) + 1)
}
