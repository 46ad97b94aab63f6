import type { EntityKind } from '../../identity/entity-arns.ts'
import { entityNameOwner } from '../../identity/entity-rows.ts'
import { readSetting, settingRow } from '../../lifecycle/settings.ts'
import type { Changeset } from '../../storage/changeset.ts'
import type { TableName } from '../../storage/store.ts'
import type { Context } from './entities.ts'
import { QUOTAS, requireWithin } from './quotas.ts'

type Change = Context & { changes: Changeset }

const OF_KIND = Object.freeze({
  user: 'UsersPerAccount',
  role: 'RolesPerAccount',
  group: 'GroupsPerAccount',
  policy: 'PoliciesPerAccount',
} as const)

/** Places that are given away one after the other: more creations at once than this are not admitted (throttle/rates.ts). */
const LAST_PLACES = 100

/** Throws LimitExceeded where the account has as many users, roles, groups or policies as it may. */
export function requireRoomForEntity(kind: EntityKind, change: Change): Promise<void> {
  const owner = entityNameOwner(change.caller.principal.accountId, kind)
  return requireRoom(OF_KIND[kind], { table: 'entity_name', owner }, change)
}

/** Throws LimitExceeded where the account has as many OpenID Connect providers as it may. */
export function requireRoomForProvider(change: Change): Promise<void> {
  const owner = change.caller.principal.accountId
  return requireRoom('OpenIdConnectProvidersPerAccount', { table: 'oidc_provider', owner }, change)
}

/**
 * Counts in the index alone, and no further than the quota. Of two creations that both saw one of the last places, the
 * row that both write lets one commit; the other starts over.
 */
async function requireRoom(
  quota: (typeof OF_KIND)[EntityKind] | 'OpenIdConnectProvidersPerAccount',
  { table, owner }: { table: TableName; owner: string },
  { caller, services, changes }: Change,
): Promise<void> {
  const name = `last-places/${caller.principal.accountId}`
  // Read before the rows are counted: a creation that commits in between makes this one start over.
  const previous = await readSetting(name, services)
  const present = await services.store.countByOwner(table, owner, QUOTAS[quota])
  requireWithin(quota, present + 1)
  if (present + LAST_PLACES <= QUOTAS[quota]) return
  changes.update(await settingRow(name, '', { previous }, services.hierarchy))
}
