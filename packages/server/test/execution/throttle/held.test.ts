import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KMS, type OperationOf, SERVICES, type ServiceName } from '@keyhold/protocol'
import { execute } from '../../../src/execution/execute.ts'
import type { Answer } from '../../../src/execution/request.ts'
import { groupOfRate } from '../../../src/execution/throttle/rates.ts'
import { OPERATIONS } from '../../../src/services/registry.ts'
import { formBody } from '../../support/query.ts'
import { ACCOUNT, rootOf, TestService } from '../../support/service.ts'

/** One operation of each service that counts requests: a service has one error for all of its rates. */
const CALLED = {
  kms: 'CancelKeyDeletion',
  iam: 'SimulateCustomPolicy',
  sts: 'GetCallerIdentity',
} as const satisfies { [S in ServiceName]?: OperationOf<S> }
const AT_ONCE = 100

for (const service of Object.keys(CALLED) as (keyof typeof CALLED)[]) {
  test(`attack: an account that asks ${service} on and on above its rate is held`, async () => {
    await using world = await TestService.open('off', { rateWorkers: 1 })
    for (let call = 0; call < (ratePerSecond(service) ?? 0); call++)
      assert.equal(isTooFast(await ask(world, service)), false)
    for (let call = 0; call < AT_ONCE; call++) {
      const { holdMs, ...answer } = await ask(world, service)
      assert.ok(isTooFast(answer))
      assert.equal(holdMs, undefined)
    }
    assert.equal((await ask(world, service)).holdMs, 100)
  })
}

test('each service that counts requests is asked', () => {
  const counting = Object.keys(SERVICES).filter((service) =>
    OPERATIONS.of(service as ServiceName)
      .values()
      .some((one) => one.rate !== 'uncounted'),
  )
  assert.deepEqual(counting.toSorted(), Object.keys(CALLED).toSorted())
})

function ratePerSecond(service: keyof typeof CALLED): number | undefined {
  return groupOfRate(OPERATIONS.find(service, CALLED[service]))?.perSecond
}

function isTooFast({ status, body }: Pick<Answer, 'status' | 'body'>): boolean {
  return status === 400 && Buffer.from(body.bytes).toString().includes('Throttling')
}

function ask({ services, clock }: TestService, service: keyof typeof CALLED): Promise<Answer> {
  const name = CALLED[service]
  const isQuery = service !== 'kms'
  return execute(
    {
      requestId: services.random.uuid(),
      caller: { ...rootOf(ACCOUNT), service },
      service,
      secure: false,
      target: isQuery ? undefined : `${KMS.targetPrefix}.${name}`,
      body: Buffer.from(isQuery ? formBody(name, SERVICES[service].model.apiVersion, {}) : '{}'),
      sourceIp: '127.0.0.1',
      userAgent: 'test',
      receivedAtMs: clock.now(),
    },
    services,
  )
}
