import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { KMS, SERVICES, type ServiceName } from '@keyhold/protocol'
import { execute } from '../../src/execution/execute.ts'
import type { Serving } from '../../src/execution/operations.ts'
import { type Outcome, RESULTS, type Result } from '../../src/execution/outcome.ts'
import type { Caller } from '../../src/identity/accounts/caller.ts'
import { AuditUnavailableError } from '../../src/audit/auditor.ts'
import { formBody } from '../support/query.ts'
import { ACCOUNT, base64, callerOf, OTHER_ACCOUNT, rootOf, TestService } from '../support/service.ts'

let world: TestService
let keyId: string

before(async () => {
  world = await TestService.open('on', { rateWorkers: 1 })
  keyId = (await world.createKey({}, rootOf(ACCOUNT))).keyId
})
after(() => world[Symbol.asyncDispose]())

interface Asked {
  service?: ServiceName
  operation: string
  input?: object
  caller?: Caller
  services?: Serving
}

async function outcome({ service = 'kms', operation, input = {}, caller, services }: Asked): Promise<Outcome> {
  const isQuery = service === 'iam' || service === 'sts'
  await world.services.directory.catchUp()
  const answer = await execute(
    {
      requestId: world.services.random.uuid(),
      caller: { ...(caller ?? rootOf(ACCOUNT)), service },
      service,
      secure: false,
      target: isQuery ? undefined : `${KMS.targetPrefix}.${operation}`,
      body: Buffer.from(
        isQuery ? formBody(operation as never, SERVICES[service].model.apiVersion, input) : JSON.stringify(input),
      ),
      sourceIp: '127.0.0.1',
      userAgent: 'test',
      receivedAtMs: world.clock.now(),
    },
    services ?? world.services,
  )
  assert.ok(answer.outcome, 'an answer of a service without an outcome')
  return answer.outcome
}

const ENCRYPT = { operation: 'Encrypt', input: { KeyId: 'KEY', Plaintext: base64('text') } }
const FULL_DISK = new AuditUnavailableError('the audit log cannot be written')

/** A request with each result that an authenticated caller can get. */
const ROWS: Readonly<Record<Exclude<Result, 'unauthenticated' | 'throttled' | 'sealed'>, (() => Asked)[]>> = {
  success: [() => ENCRYPT, () => ({ service: 'iam', operation: 'ListUsers' })],
  dry_run: [() => ({ ...ENCRYPT, input: { ...ENCRYPT.input, DryRun: true } })],
  denied: [
    () => ({ ...ENCRYPT, caller: callerOf(ACCOUNT) }),
    () => ({ service: 'iam', operation: 'ListUsers', caller: callerOf(OTHER_ACCOUNT) }),
  ],
  not_found: [
    () => ({ operation: 'DescribeKey', input: { KeyId: 'alias/none' } }),
    () => ({ service: 'iam', operation: 'GetUser', input: { UserName: 'none' } }),
  ],
  invalid: [() => ({ ...ENCRYPT, input: { KeyId: 'KEY' } }), () => ({ service: 'iam', operation: 'CreateUser' })],
  internal: [
    () => ({ ...ENCRYPT, services: { ...world.services, auditor: failing('record') } }),
    // What is refused cannot be recorded either.
    () => ({ ...ENCRYPT, input: {}, services: { ...world.services, auditor: failing('recordRefused') } }),
  ],
}

/** An audit log that does not take what `method` gives it. */
function failing(method: 'record' | 'recordRefused'): Serving['auditor'] {
  const { auditor } = world.services
  const fail = (): Promise<never> => Promise.reject(FULL_DISK)
  return new Proxy(auditor, {
    get: (target, name) => (name === method ? fail : (Reflect.get(target, name, target) as unknown)),
  })
}

for (const [result, rows] of Object.entries(ROWS)) {
  for (const row of rows) {
    test(`a request is ${result}`, async () => {
      const asked = row()
      const input = { ...asked.input } as Record<string, unknown>
      if (input['KeyId'] === 'KEY') input['KeyId'] = keyId
      const { service = 'kms', operation } = asked
      assert.deepEqual(await outcome({ ...asked, input }), { service, operation, result })
    })
  }
}

test('a request above the rate of its account is throttled', async () => {
  let last: Outcome | undefined
  for (let call = 0; call < 200 && last?.result !== 'throttled'; call++) {
    last = await outcome({ operation: 'CancelKeyDeletion', input: { KeyId: keyId } })
  }
  assert.deepEqual(last, { service: 'kms', operation: 'CancelKeyDeletion', result: 'throttled' })
})

test('what a client calls an operation is in no outcome unless it is one', async () => {
  const asked = await outcome({ operation: 'EncryptMyVerySecretThing' })
  assert.deepEqual(asked, { service: 'kms', operation: 'Unknown', result: 'invalid' })
})

test('each result but those of strangers and of a sealed server is in this table', () => {
  assert.deepEqual(
    Object.keys(RESULTS).toSorted(),
    [...Object.keys(ROWS), 'sealed', 'throttled', 'unauthenticated'].toSorted(),
  )
})
