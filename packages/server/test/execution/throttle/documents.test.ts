import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, OTHER_ACCOUNT, rootOf, TestService } from '../../support/service.ts'

/** What an account's policy documents take to read and compile is paid by it. */

const PATTERNS = 2800

/** A key policy nearly as long as there may be, of short patterns: nothing takes longer to compile. */
function longest(number: number): string {
  const own = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' }
  const values = Array.from({ length: PATTERNS }, (_, index) => `${number.toString(36)}${index.toString(36)}*`)
  const Condition = { StringLike: { 'kms:ViaService': values } }
  return JSON.stringify({ Version: '2012-10-17', Statement: [own, { ...own, Action: 'kms:Sign', Condition }] })
}

for (const bypass of [false, true]) {
  test(`an account that puts the longest policies waits after a few, ${bypass ? 'bypassing' : 'with'} the safety check`, async () => {
    await using service = await TestService.open('on', { rateWorkers: 1 })
    const { keyId } = await service.createKey({}, rootOf(ACCOUNT))
    const put = (number: number): Promise<unknown> =>
      service.ok(
        'PutKeyPolicy',
        { KeyId: keyId, Policy: longest(number), BypassPolicyLockoutSafetyCheck: bypass },
        rootOf(ACCOUNT),
      )
    const several = async (): Promise<void> => {
      for (let number = 0; number < 14; number++) await put(number)
    }
    await assert.rejects(several, /Throttling/)
    await service.ok('ListKeys', {}, rootOf(OTHER_ACCOUNT))
    service.clock.advance(2000)
    await put(0)
  })
}
