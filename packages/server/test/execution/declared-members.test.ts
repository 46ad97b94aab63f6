/** Tests that each member of a declaration takes effect. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { AnyOperation } from '../../src/execution/define.ts'
import type { Serving } from '../../src/execution/operations.ts'
import { inSession } from '../admin/access/support/denials.ts'
import { ALLOW_KMS, policyOf, rootOf } from '../support/identities.ts'
import { recordsOf } from '../support/records.ts'
import { FICTITIOUS } from './support/fictitious.ts'
import { FictitiousScene } from './support/fictitious-scene.ts'

const CONTEXT = { tenant: 'acme' }

let at: FictitiousScene
before(async () => void (at = await FictitiousScene.open()))
after(() => at[Symbol.asyncDispose]())

/** Simulates the action for another account that both policies allow everything. */
async function simulated(services: Serving, action: string): Promise<unknown> {
  const everybody = policyOf({ Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' })
  const input = {
    PolicyInputList: [policyOf(ALLOW_KMS)],
    CallerArn: at.bob.principal.arn,
    ResourcePolicy: everybody,
    ActionNames: [action],
    ResourceArns: [at.keyArn],
  }
  const { body } = await at.service.query('iam', 'SimulateCustomPolicy', input, rootOf(), services)
  const [result] = body['EvaluationResults'] as { EvalDecision: string }[]
  return result?.EvalDecision
}

const allowAll = (more: object) => ({ Effect: 'Allow', Action: 'kms:*', Resource: '*', ...more })

/** The behaviours that depend on the declaration. */
const DECIDED: Readonly<Record<string, (services: Serving) => Promise<unknown>>> = {
  'other accounts': async (services) => at.outcome(services, at.bob, { KeyId: await at.sharedKey() }),
  'simulation of other accounts': (services) => simulated(services, 'kms:TwistKey'),
  'a grant of it': async (services) => {
    const grant = await at.granted(services, at.ann)
    if (grant.status !== 200) return grant.body['message']
    return at.revoked(grant, await at.outcome(services, at.ann))
  },
  'a grant for another context': async (services) => {
    const grant = await at.granted(services, at.ann, {
      Constraints: { EncryptionContextSubset: CONTEXT },
      Operations: [FICTITIOUS, 'Decrypt'],
    })
    if (grant.status !== 200) return grant.body['message']
    return at.revoked(grant, await at.outcome(services, at.ann))
  },
  'requests in a second': async (services) => {
    const counting = { ...services, throttle: at.serving({}, { rateWorkers: 1 }).throttle! }
    const outcomes = []
    for (let count = 0; count < 4; count++) outcomes.push(await at.outcome(counting, at.admin))
    return outcomes.filter((one) => one === 'allowed').length
  },
  'the last use': async (services) => {
    const { keyId } = await at.service.createKey({}, at.admin)
    await at.call(services, at.admin, { KeyId: keyId })
    const { body } = await at.call(services, at.admin, { KeyId: keyId }, 'GetKeyLastUsage')
    return (body['KeyLastUsage'] as { Operation?: string }).Operation
  },
  'an AWS managed key': async (services) => {
    const root = rootOf()
    const { KeyMetadata } = await at.service.ok<{ KeyMetadata: { KeyId: string } }>(
      'DescribeKey',
      { KeyId: 'alias/aws/s3' },
      root,
    )
    return at.outcome({ ...services, enforcement: 'off' }, root, { KeyId: KeyMetadata.KeyId })
  },
  'condition keys of the caller': async (services) => {
    const condition = { Condition: { Null: { 'kms:CallerAccount': 'false' } } }
    return at.outcome(services, await at.user(allowAll(condition)))
  },
  'condition keys of grants': async (services) => {
    const condition = { Condition: { Bool: { 'kms:GrantIsForAWSResource': 'false' } } }
    return at.outcome(services, await at.user(allowAll(condition)))
  },
  'characters of documents': async (services) => {
    const charged: number[] = []
    const throttle = at.serving({}, { rateWorkers: 1 }).throttle!
    throttle.admitDocuments = (_, characters) => void charged.push(characters)
    await at.outcome({ ...services, throttle }, at.admin, { Policy: 'x'.repeat(70) })
    return charged[0] ?? 0
  },
  'grants by tokens': async (services) => {
    const grant = await at.granted({ ...services, grantDelayMs: 60_000 }, at.ann)
    if (grant.status !== 200) return 'none'
    const token = grant.body['GrantToken']
    const result = [
      await at.outcome(services, at.ann, { GrantTokens: [token] }),
      await at.outcome(services, at.ann, { Ticket: token }),
    ]
    return at.revoked(grant, result)
  },
  'temporary credentials': (services) => at.outcome(services, inSession(at.admin, {})),
  'what the record says': async (services) => {
    await at.call(services, at.admin, { Plaintext: 'p' })
    const record = (await recordsOf(at.service)).at(-1)
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
    const services = at.serving(change)
    for (const [what, decide] of Object.entries(DECIDED)) {
      assert.deepEqual(await decide(services), what in changed ? changed[what] : AS_DECLARED[what], what)
    }
  })
}
