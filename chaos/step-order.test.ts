/** Every operation of IAM and STS, as step-order.test.ts of the server asks for those of KMS and a sample of these. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { askedOperations, StepOrder } from '../packages/server/test/execution/support/step-order.ts'

let order: StepOrder
before(async () => void (order = await StepOrder.open()))
after(() => order[Symbol.asyncDispose]())

for (const asked of [...askedOperations('iam'), ...askedOperations('sts')]) {
  test(`${asked.service}:${asked.name} fails at the first of the steps at which it would fail`, async () => {
    assert.deepEqual(await order.wrongAnswers(asked), [])
  })
}
