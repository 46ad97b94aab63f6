import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Work } from '../../../../src/domain/policy/language/patterns/work.ts'
import { OPERATIONS } from '../../../../src/services/registry.ts'
import { anyUser, scenarioOf } from '../../../../src/services/iam/simulation/scenario.ts'
import { simulateAll } from '../../../../src/services/iam/simulation/simulate.ts'
import { simulatedList } from '../../../../src/services/iam/simulation/simulated-policy.ts'
import { Pace } from '../../../../src/platform/pace.ts'
import { systemClock } from '../../../../src/platform/system-clock.ts'
import { ACCOUNT } from '../../../support/service.ts'
import { policyOf } from '../../../support/sessions.ts'

test('a simulation ends when its client has gone', async () => {
  const input = { ActionNames: Array.from({ length: 500 }, (_, index) => `kms:A${index}`) }
  const policies = simulatedList('PolicyInputList', [policyOf('kms:Decrypt')])
  const scenario = scenarioOf(input, { principal: anyUser(ACCOUNT), policies })
  let simulated = 0
  const course = {
    after: undefined,
    work: new Work(),
    pace: new Pace(systemClock),
    operations: OPERATIONS,
    isGone: () => simulated === 3,
  }
  for await (const _ of simulateAll(input, scenario, course)) simulated += 1
  assert.equal(simulated, 3)
})
