import type { Iam } from '@keyhold/protocol'
import { Work } from '../../../domain/policy/language/patterns/work.ts'
import { Pace } from '../../../platform/pace.ts'
import type { QueryCall } from '../../../execution/define.ts'
import { tooFast } from '../../../execution/throttle/too-fast.ts'
import { readPage } from '../pages.ts'
import type { Scenario } from './scenario.ts'
import { simulateAll } from './simulate.ts'

type Call = QueryCall<'iam', 'SimulateCustomPolicy'> | QueryCall<'iam', 'SimulatePrincipalPolicy'>

/**
 * The number of steps after which a page ends: a quarter of a second of work, spread over two seconds. Few simulations
 * need as much.
 */
const PAGE_WORK = 2_500_000

/**
 * Returns one page of a simulation. Simulations run one after another, with an eighth of the event loop's time, and end
 * when their client disconnects: the caller determines the amount of work, and other requests must not wait for it.
 */
export function simulatedPage<C extends Call>(
  call: C,
  filters: readonly string[],
  scenarioOf: (call: C, pace: Pace) => Promise<Scenario>,
): Promise<Iam.SimulatePolicyResponse> {
  const { caller, services, isGone } = call
  const simulate = async (): Promise<Iam.SimulatePolicyResponse> => {
    if (isGone()) return { EvaluationResults: [], IsTruncated: false }
    const pace = new Pace(services.clock)
    const work = new Work(PAGE_WORK)
    const scenario = await scenarioOf(call, pace)
    const course = { work, pace, operations: services.operations, isGone }
    const source = (after?: string) => simulateAll(call.input, scenario, { ...course, after })
    const { items, end } = await readPage(call, filters, source, () => work.exhausted)
    return { EvaluationResults: items, ...end }
  }
  return services.simulations.take(caller.principal.accountId, simulate, tooFast)
}
