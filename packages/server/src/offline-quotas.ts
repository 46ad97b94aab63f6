import { withVault } from './offline.ts'
import { storedRates, storeRate } from './operations/throttle/changed-rates.ts'
import { REQUEST_RATES } from './operations/throttle/rates.ts'
import { standardErrorLogger } from './platform/pino-logger.ts'

/** `keyhold operator quota show`: every rate, in the order of its table. */
export function requestRates(folder: string): Promise<RequestRate[]> {
  return withVault(folder, standardErrorLogger('warn'), async (vault) => {
    const changed = await storedRates(vault)
    return [...REQUEST_RATES].map(([group, usual]) => ({ group, usual, changed: changed[group] }))
  })
}

/**
 * `keyhold operator quota set` and `reset`: servers that run on the folder follow at once. Rejects with RequestRateError
 * for a group that there is not, or a rate that is none.
 */
export async function setRequestRate(folder: string, { group, perSecond }: RateChange): Promise<void> {
  if (!REQUEST_RATES.has(group)) throw new RequestRateError(`There is no rate called ${group}.`)
  if (perSecond !== undefined && !(perSecond > 0 && perSecond <= MAX_RATE)) {
    throw new RequestRateError(`A rate is a number of requests per second, above 0 and up to ${MAX_RATE}.`)
  }
  const logger = standardErrorLogger('warn')
  await withVault(folder, logger, async (vault) => {
    while (!(await storeRate(group, perSecond, vault))) logger.info('another change was faster', { group })
  })
}

/** What an operator sees of one request rate. */
export interface RequestRate {
  group: string
  /** Requests per second where no Region has another rate. */
  usual: number
  /** The operator's own, where there is one. */
  changed: number | undefined
}

/** `perSecond` absent: the usual rate again. */
export interface RateChange {
  group: string
  perSecond?: number
}

/** A change of a rate that cannot be made. */
export class RequestRateError extends Error {
  override name = 'RequestRateError'
}

/** More than one process can answer. */
const MAX_RATE = 1_000_000
