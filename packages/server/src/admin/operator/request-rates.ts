import { changeRate, storedRates } from '../../execution/throttle/changed-rates.ts'
import { OPERATIONS } from '../../services/registry.ts'
import { rateGroups } from '../../execution/throttle/rates.ts'
import { Changeset } from '../../vault/records/changeset.ts'
import { commitDeed, type OperatorContext } from './deed.ts'
import { operatorAccount } from './operator-account.ts'

/** A request rate, as operators see it. */
export interface RequestRate {
  group: string
  /** The default number of requests per second. */
  usual: number
  /** The operator's value, if there is one. */
  changed: number | undefined
}

/** Without `perSecond`, resets the rate to its default. */
export interface RateChange {
  group: string
  perSecond?: number
}

/** An unknown group, or an invalid rate. The caller adds where the rates are listed. */
class RequestRateError extends Error {
  override name = 'RequestRateError'
}

/** The maximum rate: more than a process can answer. */
const MAX_RATE = 1_000_000

const GROUPS = rateGroups(OPERATIONS.of('kms').values())

/** Returns all rates, those of single operations last. */
export async function requestRates({ records }: Pick<OperatorContext, 'records'>): Promise<RequestRate[]> {
  const changed = await storedRates(records)
  return GROUPS.map(({ name, perSecond }) => ({ group: name, usual: perSecond, changed: changed[name] }))
}

/** Changes a rate. Throws {@link RequestRateError} for an unknown group or an invalid rate. */
export async function setRequestRate({ group, perSecond }: RateChange, context: OperatorContext): Promise<void> {
  if (!GROUPS.some(({ name }) => name === group)) {
    throw new RequestRateError(`There is no request rate ${group}.`)
  }
  if (perSecond !== undefined && !(perSecond > 0 && perSecond <= MAX_RATE)) {
    throw new RequestRateError(
      `A request rate must be a number of requests per second, above 0 and at most ${MAX_RATE}.`,
    )
  }
  const changes = new Changeset()
  await changeRate({ group, perSecond }, context.records, changes)
  const accountId = await operatorAccount(context)
  await commitDeed(
    { name: 'SetRequestRate', service: 'kms', accountId, request: { group, perSecond } },
    changes,
    context,
  )
}
