import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { admit } from '../../src/execution/admit.ts'
import type { Attempt } from '../../src/execution/attempts.ts'
import { type Authorized, authorize } from '../../src/execution/authorize.ts'
import { commitAndRecord } from '../../src/execution/commit.ts'
import { encode } from '../../src/execution/encode.ts'
import { find, type FoundKeys } from '../../src/execution/find.ts'
import type { Named } from '../../src/execution/name.ts'
import type { Serving } from '../../src/execution/operations.ts'
import { readInput, type ReadRequest } from '../../src/execution/read.ts'
import { requireUsable, type UsableKeys } from '../../src/execution/require-usable.ts'
import { type Done, run } from '../../src/execution/run.ts'
import type { Services } from '../../src/execution/services.ts'
import { askedOperations, StepOrder } from './support/step-order.ts'

/**
 * The order of the steps is the security of the service: a request that would fail at one step and at all later ones is
 * told of the first. Of IAM and STS a sample; all of them are in chaos/step-order.test.ts.
 */
const SAMPLED = 10
const OPERATIONS = [
  ...askedOperations('kms'),
  ...[...askedOperations('iam'), ...askedOperations('sts')].filter((_, index) => index % SAMPLED === 0),
]

let order: StepOrder
before(async () => void (order = await StepOrder.open()))
after(() => order[Symbol.asyncDispose]())

for (const asked of OPERATIONS) {
  test(`${asked.service}:${asked.name} fails at the first of the steps at which it would fail`, async () => {
    assert.deepEqual(await order.wrongAnswers(asked), [])
  })
}

interface Results {
  named: Named
  read: ReadRequest
  asked: Attempt
  found: FoundKeys
  authorized: Authorized
  usable: UsableKeys
  done: Done
}

/** Each line leaves out one step. The compiler refuses all of them: `npm run check` fails where one is possible. */
const LEFT_OUT = ({ named, read, asked, found, authorized, usable, done }: Results, services: Serving): unknown[] => [
  // @ts-expect-error: read before it was admitted
  readInput(named, services),
  // @ts-expect-error: found by the name that authentication knew
  find(read, services),
  // @ts-expect-error: authorised before its keys were found
  authorize(asked, services),
  // @ts-expect-error: state and usage told before it was authorised
  requireUsable(found, services),
  // @ts-expect-error: run before it was authorised
  run(found, services),
  // @ts-expect-error: run on keys whose state and usage nothing has asked
  run(authorized, services),
  // @ts-expect-error: answered without having run
  encode(usable),
  // @ts-expect-error: recorded before its answer is in bytes
  commitAndRecord(done, (commit) => commit(), services),
  // @ts-expect-error: admitted without a name
  admit({ request: named.request, draft: named.draft }, services),
  // @ts-expect-error: keys that a caller of run chose
  run({ found, authorizer: authorized.authorizer, keys: usable.keys }, services),
]

/** What no operation may touch, as {@link Services} does not have it. */
const BEYOND_OPERATIONS = (services: Services): unknown[] => [
  // @ts-expect-error: what `run` changes commits after it, together with the record
  services.records.commit,
  // @ts-expect-error: only the last step writes records
  services.auditor,
  // @ts-expect-error: only the last step takes turns to commit
  services.writers,
]

test('what the compiler refuses is compiled', () => {
  assert.deepEqual([typeof LEFT_OUT, typeof BEYOND_OPERATIONS], ['function', 'function'])
})
