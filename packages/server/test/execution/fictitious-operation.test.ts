/** Tests that an operation needs only a declaration in its service's list. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { operationsReference } from '../../../../tools/reference/operations.ts'
import { canI } from '../../src/admin/access/can-i.ts'
import { explainRequest } from '../../src/admin/access/explain-request.ts'
import { contextOf } from '../admin/access/support/access.ts'
import { recordsOf } from '../support/records.ts'
import { FICTITIOUS, withFictitious } from './support/fictitious.ts'
import { FictitiousScene } from './support/fictitious-scene.ts'

const CONTEXT = { tenant: 'acme' }
const ALLOW_TWIST = { Effect: 'Allow', Action: 'kms:TwistKey', Resource: '*' }

let at: FictitiousScene
before(async () => void (at = await FictitiousScene.open()))
after(() => at[Symbol.asyncDispose]())

test('it is dispatched and answered', async () => {
  const { status, body } = await at.call(at.serving(), at.admin)
  assert.equal(status, 200)
  assert.equal(body['KeyId'], `twisted ${at.keyArn.split('/')[1]}`)
  assert.match(await at.service.fault(FICTITIOUS, { KeyId: at.keyArn }, at.admin), /^UnknownOperationException/)
})

test('policies allow and deny it, and what nothing allows is denied', async () => {
  const services = at.serving()
  assert.equal(await at.outcome(services, at.ann), 'AccessDeniedException')
  const may = await at.user(ALLOW_TWIST)
  assert.equal(await at.outcome(services, may), 'allowed')
  const mayNot = await at.user(ALLOW_TWIST, { Effect: 'Deny', Action: 'kms:Twist*', Resource: at.keyArn })
  assert.equal(await at.outcome(services, mayNot), 'AccessDeniedException')
})

test('a grant allows it within its constraint on the encryption context, to other accounts too', async () => {
  const services = at.serving()
  for (const grantee of [at.ann, at.bob]) {
    assert.equal(await at.outcome(services, grantee, { EncryptionContext: CONTEXT }), 'AccessDeniedException')
    const grant = await at.granted(services, grantee, { Constraints: { EncryptionContextEquals: CONTEXT } })
    assert.equal(await at.outcome(services, grantee, { EncryptionContext: CONTEXT }), 'allowed')
    assert.equal(await at.outcome(services, grantee), 'AccessDeniedException')
    await at.revoked(grant, undefined)
    assert.equal(await at.outcome(services, grantee, { EncryptionContext: CONTEXT }), 'AccessDeniedException')
  }
})

test('it has a rate of its own', async () => {
  const services = at.serving({}, { rateWorkers: 1 })
  const outcomes = [
    await at.outcome(services, at.admin),
    await at.outcome(services, at.admin),
    await at.outcome(services, at.admin),
  ]
  assert.deepEqual(outcomes, ['allowed', 'allowed', 'ThrottlingException'])
})

test('it is recorded with its key and the members that it lists, and counts as the last use of the key', async () => {
  const services = at.serving()
  await at.call(services, at.admin, { EncryptionContext: CONTEXT, Plaintext: 'secret' })
  const record = (await recordsOf(at.service)).at(-1)
  assert.equal(record?.operation, FICTITIOUS)
  assert.equal(record.readOnly, true)
  assert.deepEqual(record.request, { KeyId: at.keyArn, EncryptionContext: CONTEXT })
  assert.deepEqual(
    record.resources.map(({ arn }) => arn),
    [at.keyArn],
  )
  assert.equal(record.decision?.action, 'kms:TwistKey')
  const { body } = await at.call(services, at.admin, {}, 'GetKeyLastUsage')
  assert.equal((body['KeyLastUsage'] as { CloudTrailEventId: string }).CloudTrailEventId, record.eventId)
})

test('access questions know it', async () => {
  const services = at.serving()
  const { principal } = await at.user(ALLOW_TWIST)
  const asked = { key: at.keyArn, action: 'twistkey' }
  assert.equal((await canI(asked, principal.arn, services)).allowed, true)
  assert.equal((await canI(asked, at.ann.principal.arn, services)).allowed, false)
  await assert.rejects(canI(asked, at.ann.principal.arn, at.service.services), /is not an action/)

  // Of a caller who was refused before, a further refusal would only be counted.
  await at.call(services, await at.user())
  const { requestId } = (await recordsOf(at.service)).at(-1) ?? assert.fail()
  const report = await explainRequest(requestId, { ...contextOf(at.service), services })
  assert.equal(report.now?.decision.allowed, false)
})

test('documentation describes it', () => {
  const page = operationsReference(withFictitious().of('kms'))
  const [, section = ''] = /### TwistKey\n([\s\S]*?)\n###/.exec(page) ?? []
  for (const line of [
    'Twists a KMS key.',
    '- Cross-account: yes',
    '- Grantable: yes, symmetric keys, context',
    '- Requests per second: 2',
  ]) {
    assert.ok(section.includes(line), line)
  }
})
