import { attachmentTable } from '../../../vault/records/attachment.ts'
import type { AwsManagedPolicy } from '../../../identity/accounts/aws-policies.ts'
import { payerOf } from '../../../execution/throttle/lines.ts'
import type { Context } from '../entities.ts'
import type { Source } from '../pages.ts'

/** How many policies are skipped in one turn of the event loop: less than a millisecond of work. */
const PASSED_PER_TURN = 50
/** The cost of skipping a policy, in steps of a policy decision. */
const STEPS_PER_POLICY = 100

/**
 * The AWS managed policies that an entity of the caller's account uses, attached or as a boundary. An account uses few
 * of them, and AWS has more than fit on a page: unused ones are left out of the list, so that the first page is not
 * empty.
 */
export function attachedIn(
  policies: Source<AwsManagedPolicy>,
  { caller, services: { records, directory, throttle } }: Context,
): Source<AwsManagedPolicy> {
  const { accountId } = caller.principal
  return async function* (after?: string) {
    let passed = 0
    for await (const item of policies(after)) {
      passed += 1
      if (passed % PASSED_PER_TURN === 0) await directory.slices.next()
      throttle?.decided(payerOf(caller.principal), STEPS_PER_POLICY)
      const { value: policy } = item
      if (policy && (await records.countByOwner(attachmentTable, { accountId, policy: { arn: policy.arn } }, 1)) > 0)
        yield item
    }
  }
}
