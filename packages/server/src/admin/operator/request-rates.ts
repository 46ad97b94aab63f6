import { changedRatesRow, storedRates } from '../../execution/throttle/changed-rates.ts'
import { REQUEST_RATES } from '../../execution/throttle/rates.ts'
import { Changeset } from '../../vault/storage/changeset.ts'
import { commitDeed, type OperatorContext } from './deed.ts'
import { operatorAccount } from './operator-account.ts'

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

/** A rate that there is not, or a number that is none; whoever tells of it knows where the rates can be seen. */
class RequestRateError extends Error {
  override name = 'RequestRateError'
}

/** More than one process can answer. */
const MAX_RATE = 1_000_000

/** Every rate, in the order of its table. */
export async function requestRates(context: Pick<OperatorContext, 'store' | 'hierarchy'>): Promise<RequestRate[]> {
  const changed = await storedRates(context)
  return [...REQUEST_RATES].map(([group, usual]) => ({ group, usual, changed: changed[group] }))
}

/** Changes a rate. Throws {@link RequestRateError} for a group that there is not, or a rate that is none. */
export async function setRequestRate({ group, perSecond }: RateChange, context: OperatorContext): Promise<void> {
  if (!REQUEST_RATES.has(group)) {
    throw new RequestRateError(`There is no rate called ${group}.`)
  }
  if (perSecond !== undefined && !(perSecond > 0 && perSecond <= MAX_RATE)) {
    throw new RequestRateError(`A rate is a number of requests per second, above 0 and up to ${MAX_RATE}.`)
  }
  const changes = new Changeset()
  changes.update(await changedRatesRow(group, perSecond, context))
  const accountId = await operatorAccount(context)
  await commitDeed(
    { name: 'SetRequestRate', service: 'kms', accountId, request: { group, perSecond } },
    changes,
    context,
  )
}
