import type { RowCounts } from '../../identity/directory/row-counts.ts'
import { type ServiceError, serviceError } from '@keyhold/protocol'
import type { KeyEntry } from '../../identity/directory/directory.ts'
import { everyPrincipal } from '../../identity/directory/everybody.ts'
import { aliasesOfKey } from '../../identity/directory/key-aliases.ts'
import { AWS_ALIAS_PREFIX } from '../../domain/keys/aws-managed.ts'
import { MAX_AWS_MANAGED_KEYS, RESOURCE_QUOTAS } from '../../domain/keys/quotas.ts'
import { countForOneMore, placesOfGrants } from '../../vault/records/last-places.ts'
import type { Changeset } from '../../vault/records/changeset.ts'
import { aliasTable } from '../../vault/records/alias.ts'
import { keyTable } from '../../vault/records/key.ts'
import type { Services } from '../../execution/services.ts'

type Stored = Pick<Services, 'hierarchy' | 'records' | 'directory'>
interface Change {
  services: Stored
  changes: Changeset
}
interface Place {
  accountId: string
  region: string
}

/** The error for an exceeded quota. */
export function limitExceeded(message: string): ServiceError {
  return serviceError('LimitExceededException', message)
}

/** More creations than can be in progress at once: request rates allow an account 50 grants and 5 keys per second. */
const LAST_PLACES = 1000

/**
 * Refuses a key beyond the quota of the account in a Region. AWS managed keys do not count, and an operator's account,
 * which owns the AWS owned keys, has no limit. Both are checked only near the quota.
 */
export async function requireRoomForKey(place: Place, { services, changes }: Change): Promise<void> {
  const most = RESOURCE_QUOTAS.keys
  const counts = services.directory.counts('key')
  if (!(await isNearly(counts, place, most))) return
  const count = async (): Promise<number> => {
    const keys = await countNow(counts, place, services)
    return keys + LAST_PLACES <= most ? keys : keys - (await countAwsManaged(place, services))
  }
  const present = await countForOneMore(
    { of: `key/${keyTable.owner(place)}`, most, last: LAST_PLACES, count },
    { services, changes },
  )
  if (present < most || (await isOperatorsAccount(place.accountId, services))) return
  throw limitExceeded(`An account has at most ${most} KMS keys in a Region.`)
}

/** Refuses a grant beyond the quota of the key. */
export async function requireRoomForGrant({ id, value: key }: KeyEntry, { services, changes }: Change): Promise<void> {
  const most = RESOURCE_QUOTAS.grantsPerKey
  const counts = services.directory.counts('grant')
  if (!(await isNearly(counts, key, most))) return
  const count = (): Promise<number> => countNow(counts, key, services)
  const places = { of: placesOfGrants(id), most, last: LAST_PLACES, count }
  if ((await countForOneMore(places, { services, changes })) < most) return
  throw limitExceeded(`A KMS key has at most ${most} grants.`)
}

/** Returns whether the quota is almost reached. Creations in progress can be missing from the count. */
function isNearly<Owner>(counts: RowCounts<Owner>, owner: Owner, most: number): Promise<boolean> {
  return counts.mayHave(owner, most - LAST_PLACES + 1)
}

/** Returns at least the number at the time of the call, over all processes; exact from the quota on. */
async function countNow<Owner>(counts: RowCounts<Owner>, owner: Owner, { directory }: Stored): Promise<number> {
  await directory.catchUp()
  return counts.count(owner)
}

/** Refuses an alias beyond the quota of the key. */
export async function requireRoomForAlias({ value }: KeyEntry, services: Stored): Promise<void> {
  const most = RESOURCE_QUOTAS.aliasesPerKey
  const aliases = await aliasesOfKey(value, services)
  if (aliases.length < most || (await isOperatorsAccount(value.accountId, services))) return
  throw limitExceeded(`A KMS key has at most ${most} aliases.`)
}

/** Each AWS managed key has its own alias, and these share a prefix. */
async function countAwsManaged(place: Place, { records }: Stored): Promise<number> {
  const prefix = aliasTable.id({ ...place, name: AWS_ALIAS_PREFIX })
  const page = { after: prefix, limit: MAX_AWS_MANAGED_KEYS }
  const aliases = await records.unread.listByOwner(aliasTable, place, page)
  return aliases.filter(({ id }) => id.startsWith(prefix)).length
}

/** Returns whether services are registered with the account. */
async function isOperatorsAccount(accountId: string, services: Stored): Promise<boolean> {
  for await (const { type } of everyPrincipal(accountId, services)) {
    if (type === 'Service') return true
  }
  return false
}
