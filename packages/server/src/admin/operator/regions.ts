import { REGIONS_SETTING, regionsIn } from '../../identity/authentication/known-regions.ts'
import { isRegion } from '../../identity/authentication/region.ts'
import { everyAccount } from '../../identity/directory/everybody.ts'
import type { Authentic } from '../../vault/records/authentic.ts'
import { putSetting, type SettingRecord, settingTable } from '../../vault/records/setting.ts'
import { Changeset } from '../../vault/records/changeset.ts'
import { keyTable } from '../../vault/records/key.ts'
import { commitDeed, type OperatorContext } from './deed.ts'
import { operatorAccount } from './operator-account.ts'
import { OperatorError } from './operator-error.ts'

/** AWS has fewer than forty Regions. Rates and key quotas apply per account and Region. */
const MAX_REGIONS = 100

/** A Region, as operators see it. */
export interface ListedRegion {
  region: string
  /** Whether any account has a key there. */
  hasKeys: boolean
}

type Reading = Pick<OperatorContext, 'records'>

/** Returns all Regions in alphabetical order. */
export async function regions(context: Reading): Promise<ListedRegion[]> {
  const { named } = await current(context)
  const found: ListedRegion[] = []
  for (const region of named) found.push({ region, hasKeys: await hasKeys(region, context) })
  return found
}

/** The setting with the Regions of a new folder. */
export function regionsSetting(named: readonly string[]): SettingRecord {
  return { name: REGIONS_SETTING, text: JSON.stringify(named) }
}

/** Adds a Region. Resolves to false if it exists already. Throws {@link OperatorError} for an invalid name. */
export async function addRegion(region: string, context: OperatorContext): Promise<boolean> {
  const { named, previous } = await current(context)
  if (named.includes(region)) return false
  await write('AddRegion', region, [...named, region], previous, context)
  return true
}

/**
 * Removes a Region: requests to it are refused from then on. Throws {@link OperatorError} for an unknown Region, and
 * for one that has keys.
 */
export async function removeRegion(region: string, context: OperatorContext): Promise<void> {
  const { named, previous } = await current(context)
  if (!named.includes(region)) {
    throw new OperatorError(`There is no Region ${region}. See: keyhold operator region ls`)
  }
  if (await hasKeys(region, context)) {
    throw new OperatorError(`The Region ${region} has keys. Delete them first: no request could reach them.`)
  }
  const left = named.filter((one) => one !== region)
  await write('RemoveRegion', region, left, previous, context)
}

interface Current {
  named: readonly string[]
  previous: Authentic<SettingRecord> | undefined
}

async function current({ records }: Reading): Promise<Current> {
  const previous = await records.get(settingTable, { name: REGIONS_SETTING })
  return { named: regionsIn(previous?.value.text), previous }
}

async function write(
  name: 'AddRegion' | 'RemoveRegion',
  region: string,
  named: readonly string[],
  previous: Current['previous'],
  context: OperatorContext,
): Promise<void> {
  const changes = new Changeset()
  putSetting(regionsSetting(requireRegions(named)), previous, changes)
  const accountId = await operatorAccount(context)
  await commitDeed({ name, service: 'kms', accountId, request: { region } }, changes, context)
}

/** Returns the Regions without duplicates, in alphabetical order. Throws {@link OperatorError} for an invalid list. */
export function requireRegions(named: readonly string[]): string[] {
  for (const region of named) {
    if (!isRegion(region)) throw new OperatorError(`${region} is not a valid Region name, such as eu-central-1.`)
  }
  if (named.length === 0) throw new OperatorError('At least one Region must exist.')
  if (named.length > MAX_REGIONS) throw new OperatorError(`No more than ${MAX_REGIONS} Regions can exist.`)
  return [...new Set(named)].toSorted()
}

async function hasKeys(region: string, { records }: Reading): Promise<boolean> {
  for (const { accountId } of await everyAccount({ records })) {
    const keys = await records.listByOwner(keyTable, { accountId, region }, { limit: 1 })
    if (keys.length > 0) return true
  }
  return false
}
