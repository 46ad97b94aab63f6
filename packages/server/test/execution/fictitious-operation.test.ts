/** Tests that an operation needs only a declaration in its service's list, and that each member of the declaration takes effect. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { OperationName } from '@keyhold/protocol'
import { canI } from '../../src/admin/access/can-i.ts'
import { explainRequest } from '../../src/admin/access/explain-request.ts'
import type { AnyOperation } from '../../src/execution/define.ts'
import type { Serving } from '../../src/execution/operations.ts'
import { type Behaviour, servicesOf } from '../../src/host/assembly/services.ts'
import type { Caller } from '../../src/identity/accounts/caller.ts'
import { operationsReference } from '../../../../tools/reference/operations.ts'
import { contextOf } from '../admin/access/support/access.ts'
import { inSession } from '../admin/access/support/denials.ts'
import { addUser, ALLOW_KMS, policyOf, rootOf } from '../support/identities.ts'
import { recordsOf } from '../support/records.ts'
import { ACCOUNT, OTHER_ACCOUNT, type Reply, TestService } from '../support/service.ts'
import { FICTITIOUS, withFictitious } from './support/fictitious.ts'

const CONTEXT = { tenant: 'acme' }

let names = 0
const nextName = (): string => `someone${(names += 1)}`

let service: TestService
/** `admin` can do everything in the account of the key; nothing allows `ann` anything; `bob` belongs to another account. */
let admin: Caller
let ann: Caller
let bob: Caller
let KeyId: string
/** A key whose policy allows both accounts everything. */
let sharedKeyId: string

before(async () => {
  service = await TestService.open('on')
  admin = await addUser(service, 'admin', { inline: { all: ALLOW_KMS } })
  ann = await addUser(service, 'ann')
  bob = await addUser(service, 'bob', { accountId: OTHER_ACCOUNT, inline: { all: ALLOW_KMS } })
  KeyId = (await service.createKey({}, admin)).arn
  const AWS = [ACCOUNT, OTHER_ACCOUNT]
  const Policy = policyOf({ Effect: 'Allow', Principal: { AWS }, Action: 'kms:*', Resource: '*' })
  sharedKeyId = (await service.createKey({ Policy }, admin)).arn
})
after(() => service[Symbol.asyncDispose]())

function serving(change: Partial<AnyOperation> = {}, behaviour: Partial<Behaviour> = {}): Serving {
  return servicesOf(service.engine, { enforcement: 'on', operations: withFictitious(change), ...behaviour })
}

async function call(
  services: Serving,
  caller: Caller,
  more: object = {},
  name: OperationName = FICTITIOUS,
): Promise<Reply> {
  return service.callOn(services, name, { KeyId, ...more }, caller)
}

/** The code of the error, or `allowed`. */
async function outcome(services: Serving, caller: Caller, more?: object): Promise<string> {
  const { status, body } = await call(services, caller, more)
  return status === 200 ? 'allowed' : String(body.__type)
}

async function granted(services: Serving, grantee: Caller, more: object = {}): Promise<Reply> {
  const grant = { GranteePrincipal: grantee.principal.arn, Operations: [FICTITIOUS], ...more }
  return call(services, admin, grant, 'CreateGrant')
}

async function revoke({ body }: Reply): Promise<void> {
  await service.ok('RevokeGrant', { KeyId, GrantId: body['GrantId'] }, admin)
}

test('it is dispatched and answered', async () => {
  const { status, body } = await call(serving(), admin)
  assert.equal(status, 200)
  assert.equal(body['KeyId'], `twisted ${KeyId.split('/')[1]}`)
  assert.match(await service.fault(FICTITIOUS, { KeyId }, admin), /^UnknownOperationException/)
})

test('policies allow and deny it, and what nothing allows is denied', async () => {
  const services = serving()
  assert.equal(await outcome(services, ann), 'AccessDeniedException')
  const may = await addUser(service, 'may', {
    inline: { twist: { Effect: 'Allow', Action: 'kms:TwistKey', Resource: '*' } },
  })
  assert.equal(await outcome(services, may), 'allowed')
  const mayNot = await addUser(service, 'maynot', {
    inline: { all: ALLOW_KMS, not: { Effect: 'Deny', Action: 'kms:Twist*', Resource: KeyId } },
  })
  assert.equal(await outcome(services, mayNot), 'AccessDeniedException')
})

test('a grant allows it within its constraint on the encryption context, to other accounts too', async () => {
  const services = serving()
  for (const grantee of [ann, bob]) {
    assert.equal(await outcome(services, grantee, { EncryptionContext: CONTEXT }), 'AccessDeniedException')
    const grant = await granted(services, grantee, { Constraints: { EncryptionContextEquals: CONTEXT } })
    assert.equal(await outcome(services, grantee, { EncryptionContext: CONTEXT }), 'allowed')
    assert.equal(await outcome(services, grantee), 'AccessDeniedException')
    await revoke(grant)
    assert.equal(await outcome(services, grantee, { EncryptionContext: CONTEXT }), 'AccessDeniedException')
  }
})

test('it has a rate of its own', async () => {
  const services = serving({}, { rateWorkers: 1 })
  const outcomes = [await outcome(services, admin), await outcome(services, admin), await outcome(services, admin)]
  assert.deepEqual(outcomes, ['allowed', 'allowed', 'ThrottlingException'])
})

test('it is recorded with its key and the members that it lists, and counts as the last use of the key', async () => {
  const services = serving()
  await call(services, admin, { EncryptionContext: CONTEXT, Plaintext: 'secret' })
  const record = (await recordsOf(service)).at(-1)
  assert.equal(record?.operation, FICTITIOUS)
  assert.equal(record.readOnly, true)
  assert.deepEqual(record.request, { KeyId, EncryptionContext: CONTEXT })
  assert.deepEqual(
    record.resources.map(({ arn }) => arn),
    [KeyId],
  )
  assert.equal(record.decision?.action, 'kms:TwistKey')
  const { body } = await call(services, admin, {}, 'GetKeyLastUsage')
  assert.equal((body['KeyLastUsage'] as { CloudTrailEventId: string }).CloudTrailEventId, record.eventId)
})

test('access questions know it', async () => {
  const services = serving()
  const { principal } = await addUser(service, 'twister', {
    inline: { twist: { Effect: 'Allow', Action: 'kms:TwistKey', Resource: '*' } },
  })
  const asked = { key: KeyId, action: 'twistkey' }
  assert.equal((await canI(asked, principal.arn, services)).allowed, true)
  assert.equal((await canI(asked, ann.principal.arn, services)).allowed, false)
  await assert.rejects(canI(asked, ann.principal.arn, service.services), /is not an action/)

  // Of a caller who was refused before, a further refusal would only be counted.
  await call(services, await addUser(service, nextName()))
  const { requestId } = (await recordsOf(service)).at(-1) ?? assert.fail()
  const report = await explainRequest(requestId, { ...contextOf(service), services })
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

/** Simulates the action for another account that both policies allow everything. */
async function simulated(services: Serving, action: string): Promise<unknown> {
  const everybody = policyOf({ Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' })
  const input = {
    PolicyInputList: [policyOf(ALLOW_KMS)],
    CallerArn: bob.principal.arn,
    ResourcePolicy: everybody,
    ActionNames: [action],
    ResourceArns: [KeyId],
  }
  const { body } = await service.query('iam', 'SimulateCustomPolicy', input, rootOf(), services)
  const [result] = body['EvaluationResults'] as { EvalDecision: string }[]
  return result?.EvalDecision
}

const allowAll = (more: object) => ({ Effect: 'Allow', Action: 'kms:*', Resource: '*', ...more })

/** The behaviours that depend on the declaration. */
const DECIDED: Readonly<Record<string, (services: Serving) => Promise<unknown>>> = {
  'other accounts': (services) => outcome(services, bob, { KeyId: sharedKeyId }),
  'simulation of other accounts': (services) => simulated(services, 'kms:TwistKey'),
  'a grant of it': async (services) => {
    const grant = await granted(services, ann)
    if (grant.status !== 200) return grant.body['message']
    const result = await outcome(services, ann)
    await revoke(grant)
    return result
  },
  'a grant for another context': async (services) => {
    const grant = await granted(services, ann, {
      Constraints: { EncryptionContextSubset: CONTEXT },
      Operations: [FICTITIOUS, 'Decrypt'],
    })
    if (grant.status !== 200) return grant.body['message']
    const result = await outcome(services, ann)
    await revoke(grant)
    return result
  },
  'requests in a second': async (services) => {
    const counting = { ...services, throttle: serving({}, { rateWorkers: 1 }).throttle! }
    const outcomes = []
    for (let count = 0; count < 4; count++) outcomes.push(await outcome(counting, admin))
    return outcomes.filter((one) => one === 'allowed').length
  },
  'the last use': async (services) => {
    const { keyId } = await service.createKey({}, admin)
    await call(services, admin, { KeyId: keyId })
    const { body } = await call(services, admin, { KeyId: keyId }, 'GetKeyLastUsage')
    return (body['KeyLastUsage'] as { Operation?: string }).Operation
  },
  'an AWS managed key': async (services) => {
    const root = rootOf()
    const { KeyMetadata } = await service.ok<{ KeyMetadata: { KeyId: string } }>(
      'DescribeKey',
      { KeyId: 'alias/aws/s3' },
      root,
    )
    return outcome({ ...services, enforcement: 'off' }, root, { KeyId: KeyMetadata.KeyId })
  },
  'condition keys of the caller': async (services) => {
    const condition = { Condition: { Null: { 'kms:CallerAccount': 'false' } } }
    return outcome(services, await addUser(service, nextName(), { inline: { a: allowAll(condition) } }))
  },
  'condition keys of grants': async (services) => {
    const condition = { Condition: { Bool: { 'kms:GrantIsForAWSResource': 'false' } } }
    return outcome(services, await addUser(service, nextName(), { inline: { a: allowAll(condition) } }))
  },
  'characters of documents': async (services) => {
    const charged: number[] = []
    const throttle = serving({}, { rateWorkers: 1 }).throttle!
    throttle.admitDocuments = (_, characters) => void charged.push(characters)
    await outcome({ ...services, throttle }, admin, { Policy: 'x'.repeat(70) })
    return charged[0] ?? 0
  },
  'grants by tokens': async (services) => {
    const grant = await granted({ ...services, grantDelayMs: 60_000 }, ann)
    if (grant.status !== 200) return 'none'
    const token = grant.body['GrantToken']
    const result = [
      await outcome(services, ann, { GrantTokens: [token] }),
      await outcome(services, ann, { Ticket: token }),
    ]
    await revoke(grant)
    return result
  },
  'temporary credentials': (services) => outcome(services, inSession(admin, {})),
  'what the record says': async (services) => {
    await call(services, admin, { Plaintext: 'p' })
    const record = (await recordsOf(service)).at(-1)
    return [record?.readOnly, Object.keys(record?.request ?? {})]
  },
}

const DENIED = 'AccessDeniedException'
const UNSUITED = 'The operation TwistKey does not suit a key of SYMMETRIC_DEFAULT for ENCRYPT_DECRYPT.'

const AS_DECLARED: Readonly<Record<string, unknown>> = {
  'other accounts': 'allowed',
  'simulation of other accounts': 'allowed',
  'a grant of it': 'allowed',
  'a grant for another context': DENIED,
  'requests in a second': 2,
  'the last use': FICTITIOUS,
  'an AWS managed key': 'allowed',
  'condition keys of the caller': 'allowed',
  'condition keys of grants': DENIED,
  'characters of documents': 0,
  'grants by tokens': ['allowed', DENIED],
  'temporary credentials': 'allowed',
  'what the record says': [true, ['KeyId']],
}

const NO_GRANT = { 'a grant of it': UNSUITED, 'grants by tokens': 'none' }

/** Changes of the declaration, with every behaviour that they change. */
const CHANGES: readonly (readonly [string, Partial<AnyOperation>, Readonly<Record<string, unknown>>])[] = [
  ['nothing', {}, {}],
  [
    'crossAccount',
    { crossAccount: 'no' },
    { 'other accounts': DENIED, 'simulation of other accounts': 'implicitDeny' },
  ],
  ['grantable', { grantable: false }, { ...NO_GRANT, 'a grant for another context': UNSUITED }],
  [
    'the keys that grants suit',
    { grantable: { keys: 'asymmetric', context: true } },
    { ...NO_GRANT, 'a grant for another context': UNSUITED },
  ],
  [
    'what a grant may hold alone',
    { grantable: { keys: 'any', context: true, alone: false } },
    { ...NO_GRANT, 'a grant of it': 'Grants must not contain only the TwistKey operation.' },
  ],
  [
    'whether the context binds grants',
    { grantable: { keys: 'any', context: false } },
    { 'a grant for another context': 'allowed' },
  ],
  ['rate', { rate: 3 }, { 'requests in a second': 3 }],
  ['a shared rate', { rate: 'cryptographic-symmetric' }, { 'requests in a second': 4 }],
  ['tracksUse', { tracksUse: false }, { 'the last use': undefined }],
  ['changesKey', { changesKey: true }, { 'an AWS managed key': DENIED }],
  ['about', { about: 'no key' }, { 'condition keys of the caller': DENIED }],
  ['about, to grants', { about: 'grants' }, { 'condition keys of grants': 'allowed' }],
  ['documents', { documents: ['Policy'] }, { 'characters of documents': 70 }],
  [
    'grantTokens',
    {
      grantTokens: (input) =>
        Object.entries(input).flatMap(([name, token]) => (name === 'Ticket' ? [String(token)] : [])),
    },
    { 'grants by tokens': [DENIED, 'allowed'] },
  ],
  ['sessions', { sessions: ['of a role'] }, { 'temporary credentials': 'AccessDenied' }],
  ['readOnly', { readOnly: false }, { 'what the record says': [false, ['KeyId']] }],
  ['audit', { audit: { request: ['Plaintext'], response: [] } }, { 'what the record says': [true, ['Plaintext']] }],
]

for (const [member, change, changed] of CHANGES) {
  test(`a change of the declaration takes effect, and changes nothing else: ${member}`, async () => {
    const services = serving(change)
    for (const [what, decide] of Object.entries(DECIDED)) {
      assert.deepEqual(await decide(services), what in changed ? changed[what] : AS_DECLARED[what], what)
    }
  })
}
