import type { Directory } from '../directory/directory.ts'
import { BoundedCache } from '../../platform/bounded-cache.ts'
import type { Sealing } from '../../vault/hierarchy/sealing.ts'
import { AWS_REGIONS, isRegion } from './region.ts'

/** The row of table `setting` that names the available Regions: a JSON array. */
export const REGIONS_SETTING = 'regions'

/** Returns whether a signature for this service can be scoped to this Region. */
export type AcceptsRegion = (region: string, service: string) => boolean | Promise<boolean>

/** IAM and STS have one endpoint for all Regions. Its signatures are scoped to this one. */
const GLOBAL_REGION = 'us-east-1'
const GLOBAL_SERVICES: ReadonlySet<string> = new Set(['iam', 'sts'])

interface Sources {
  directory: Directory
  hierarchy: Pick<Sealing, 'hasDomain'>
}

/** Callers choose the names before they are authenticated, so only this many are cached. */
const MAX_REMEMBERED = 1000

/** Returns the Regions in the body of the setting, or those of AWS if there is no setting yet. */
export function regionsIn(body: string | undefined): readonly string[] {
  return body === undefined ? AWS_REGIONS : (JSON.parse(body) as string[])
}

/** Accepts the Regions of a list, and the Region of the global services. */
export function listedRegions(regions: readonly string[]): (region: string, service: string) => boolean {
  const known = new Set(regions)
  return (region, service) => known.has(region) || (region === GLOBAL_REGION && GLOBAL_SERVICES.has(service))
}

/**
 * Accepts the Regions that the operator configured. A folder of an older version without that setting has those of AWS,
 * and all Regions that already contain keys.
 */
export function knownRegions({ directory, hierarchy }: Sources): AcceptsRegion {
  const earlier = new BoundedCache<boolean>(MAX_REMEMBERED)
  let known: { body: string | undefined; accepts: ReturnType<typeof listedRegions> } | undefined
  return async (region, service) => {
    const body = await directory.setting(REGIONS_SETTING)
    if (known === undefined || known.body !== body) known = { body, accepts: listedRegions(regionsIn(body)) }
    if (known.accepts(region, service)) return true
    if (body !== undefined || !isRegion(region)) return false
    const isEarlier = earlier.get(region) ?? (await hierarchy.hasDomain(region))
    earlier.set(region, isEarlier)
    return isEarlier
  }
}
