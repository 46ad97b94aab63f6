import { attachmentOwner } from '../../../identity/accounts/attachment-rows.ts'
import type { AwsManagedPolicy } from '../../../identity/accounts/aws-policies.ts'
import { payerOf } from '../../../execution/throttle/payer.ts'
import type { Context } from '../entities.ts'
import type { Source } from '../pages.ts'

/** Policies that are passed over in one turn of the event loop: less than a millisecond. */
const PASSED_PER_TURN = 50
/** What it takes to pass one over, in the steps that decisions are counted in. */
const STEPS_PER_POLICY = 100

/**
 * Those of AWS's policies that somebody in the caller's account has, attached or as a boundary. An account has few of them, and
 * AWS has more than one page looks at: those that nobody has are no part of the list, so that the first page is not empty.
 */
export function attachedIn(
  policies: Source<AwsManagedPolicy>,
  { caller, services: { store, directory, throttle } }: Context,
): Source<AwsManagedPolicy> {
  const { accountId } = caller.principal
  return async function* (after?: string) {
    let passed = 0
    for await (const item of policies(after)) {
      passed += 1
      if (passed % PASSED_PER_TURN === 0) await directory.slices.next()
      throttle?.decided(payerOf(caller.principal), STEPS_PER_POLICY)
      const owner = item.value && attachmentOwner({ accountId, policy: { arn: item.value.arn } })
      if (owner !== undefined && (await store.countByOwner('attachment', owner, 1)) > 0) yield item
    }
  }
}
