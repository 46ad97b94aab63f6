/** Session tags and the source identity that an OIDC issuer puts into its tokens. */
import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { explainRequest } from '../../../src/admin/access/explain-request.ts'
import { contextOf, lastRecord } from '../../admin/access/support/access.ts'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { ACCOUNT, type TestService } from '../../support/service.ts'
import { policyOf, type Temporary, trust, whoSigns } from '../../support/sessions.ts'
import { fixture, PROVIDER, PROVIDER_ARN, SUBJECT } from './web-identity-fixture.ts'

const TAGS = 'https://aws.amazon.com/tags'
const SOURCE = 'https://aws.amazon.com/source_identity'
/** The token that the IAM User Guide prints. */
const PRINTED = {
  [TAGS]: {
    principal_tags: { Project: ['Automation'], CostCenter: ['987654'], Department: ['Engineering'] },
    transitive_tag_keys: ['Project', 'CostCenter'],
  },
}
const FLAT = {
  [`${TAGS}/principal_tags/Project`]: ['Automation'],
  [`${TAGS}/principal_tags/CostCenter`]: ['987654'],
  [`${TAGS}/principal_tags/Department`]: ['Engineering'],
  [`${TAGS}/transitive_tag_keys`]: ['Project', 'CostCenter'],
}
const SUBJECT_ONLY = { StringEquals: { [`${PROVIDER}:sub`]: SUBJECT } }

type Assume = Awaited<ReturnType<typeof fixture>>['assume']

/** The fixture, whose role trusts its subject with these actions beside AssumeRoleWithWebIdentity. */
async function trusting(t: TestContext, actions: readonly string[], condition: object = SUBJECT_ONLY) {
  const at = await fixture(t)
  const assume = (claims: object): ReturnType<Assume> => at.assume({ WebIdentityToken: at.token(claims) })
  await trustsWith(at.service, actions, condition)
  return { ...at, assume }
}

async function trustsWith(service: TestService, actions: readonly string[], condition: object = SUBJECT_ONLY) {
  const all = ['sts:AssumeRoleWithWebIdentity', ...actions]
  const PolicyDocument = trust({ Federated: PROVIDER_ARN }, all, condition)
  await service.iam('UpdateAssumeRolePolicy', { RoleName: 'pods', PolicyDocument })
}

async function callerOf(service: TestService, { status, body }: Awaited<ReturnType<Assume>>): Promise<Caller> {
  assert.equal(status, 200, JSON.stringify(body))
  return whoSigns(service, body['Credentials'] as Temporary)
}

for (const [form, claims] of [
  ['as AWS prints them', PRINTED],
  ['in flattened claims', FLAT],
] as const) {
  describe(`tags in a token, ${form}`, () => {
    test('need sts:TagSession, and are principal tags of the session then', async (t) => {
      const { service, assume } = await trusting(t, [])
      assert.equal((await assume(claims)).error, 'AccessDenied: Not authorized to perform sts:TagSession')
      assert.equal((await assume({})).status, 200)
      await trustsWith(service, ['sts:TagSession'])
      const caller = await callerOf(service, await assume(claims))
      const permissions = {
        allow: policyOf('kms:*'),
        deny: policyOf('kms:ListKeys', { StringEquals: { 'aws:PrincipalTag/Department': 'Engineering' } }).replace(
          '"Allow"',
          '"Deny"',
        ),
      }
      for (const [PolicyName, PolicyDocument] of Object.entries(permissions))
        await service.iam('PutRolePolicy', { RoleName: 'pods', PolicyName, PolicyDocument })
      assert.match(await service.fault('ListKeys', {}, caller), /explicit deny in an identity-based policy/)
      await service.ok('ListKeys', {}, await callerOf(service, await assume({})))
    })

    test('are what the trust policy may ask about', async (t) => {
      const { service, assume } = await trusting(t, [])
      for (const [condition, allowed] of [
        [{ StringEquals: { 'aws:RequestTag/department': 'Engineering' } }, true],
        [{ StringEquals: { 'aws:RequestTag/Department': 'Marketing' } }, false],
        [{ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['Project', 'CostCenter', 'Department'] } }, true],
        [{ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['Project', 'CostCenter'] } }, false],
        [{ 'ForAllValues:StringEquals': { 'sts:TransitiveTagKeys': ['Project', 'CostCenter'] } }, true],
        [{ 'ForAnyValue:StringEquals': { 'sts:TransitiveTagKeys': ['Department'] } }, false],
      ] as const) {
        const both = { ...condition, StringLike: SUBJECT_ONLY.StringEquals }
        await trustsWith(service, ['sts:TagSession'], both)
        assert.equal((await assume(claims)).status === 200, allowed, JSON.stringify(condition))
      }
    })

    test('go on to the sessions made from it if they are transitive', async (t) => {
      const { service, assume } = await trusting(t, ['sts:TagSession'])
      const AssumeRolePolicyDocument = trust({ AWS: ACCOUNT }, ['sts:AssumeRole', 'sts:TagSession'])
      await service.iam('CreateRole', { RoleName: 'next', AssumeRolePolicyDocument })
      const PolicyDocument = policyOf('sts:*')
      await service.iam('PutRolePolicy', { RoleName: 'pods', PolicyName: 'p', PolicyDocument })
      const first = await callerOf(service, await assume(claims))
      assert.equal(first.session?.tags.length, 3)
      const RoleArn = `arn:aws:iam::${ACCOUNT}:role/next`
      const { Credentials } = await service.sts<{ Credentials: Temporary }>(
        'AssumeRole',
        { RoleArn, RoleSessionName: 'next' },
        first,
      )
      const second = await whoSigns(service, Credentials)
      const expected = { CostCenter: '987654', Project: 'Automation' }
      const tags = second.session?.tags.map(({ TagKey, TagValue }) => [TagKey, TagValue])
      assert.deepEqual(Object.fromEntries(tags ?? []), expected)
    })
  })
}

test('a source identity needs sts:SetSourceIdentity, and stays in the session then', async (t) => {
  const { service, assume } = await trusting(t, ['sts:TagSession'])
  const claims = { [SOURCE]: 'Admin' }
  assert.equal((await assume(claims)).error, 'AccessDenied: Not authorized to perform sts:SetSourceIdentity')
  for (const [wanted, allowed] of [
    ['Admin', true],
    ['Other', false],
  ] as const) {
    const condition = { StringEquals: { ...SUBJECT_ONLY.StringEquals, 'sts:SourceIdentity': wanted } }
    await trustsWith(service, ['sts:SetSourceIdentity'], condition)
    const reply = await assume(claims)
    assert.equal(reply.status === 200, allowed)
    if (!allowed) continue
    assert.equal(reply.body['SourceIdentity'], 'Admin')
    const PolicyDocument = policyOf('kms:ListKeys', { StringEquals: { 'aws:SourceIdentity': 'Admin' } })
    await service.iam('PutRolePolicy', { RoleName: 'pods', PolicyName: 'p', PolicyDocument })
    await service.ok('ListKeys', {}, await callerOf(service, reply))
  }
})

test('a claim of AWS’s namespace that is malformed or not understood is refused', async (t) => {
  const { assume } = await trusting(t, ['sts:TagSession', 'sts:SetSourceIdentity'])
  const tags = (principal_tags: unknown, more: object = {}): object => ({ [TAGS]: { principal_tags, ...more } })
  const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, ['v']]))
  for (const claims of [
    { [TAGS]: 'Project=Automation' },
    { [TAGS]: [PRINTED[TAGS]] },
    tags('Project'),
    tags({ Project: ['a', 'b'] }),
    tags({ Project: [] }),
    tags({ Project: 1 }),
    tags({ Project: null }),
    tags({ '': ['a'] }),
    tags({ 'k<': ['a'] }),
    tags({ Project: ['a\u0000'] }),
    tags({ Project: ['a'], project: ['b'] }),
    tags({ 'aws:x': ['a'] }),
    tags({ ['k'.repeat(129)]: ['a'] }),
    tags({ k: ['v'.repeat(257)] }),
    tags(many),
    tags({ Project: ['a'] }, { transitive_tag_keys: ['Other'] }),
    tags({ Project: ['a'] }, { transitive_tag_keys: [1] }),
    tags({ Project: ['a'] }, { other: 1 }),
    { ...FLAT, ...PRINTED },
    { [`${TAGS}/principal_tags/`]: ['x'] },
    { [`${TAGS}/other`]: ['x'] },
    { 'https://aws.amazon.com/roles': ['x'] },
    { 'HTTPS://aws.amazon.com/tags': PRINTED[TAGS] },
    { [SOURCE]: 'x' },
    { [SOURCE]: 'x'.repeat(65) },
    { [SOURCE]: ['Admin'] },
    { [SOURCE]: 'aws:Admin' },
    { [SOURCE]: 'a b' },
  ]) {
    const { error } = await assume(claims)
    assert.match(error, /^InvalidIdentityToken: .*'https:\/\/aws\.amazon\.com\//, JSON.stringify(claims))
  }
  assert.equal((await assume(tags({ k: 'as a plain string', ['k'.repeat(128)]: ['v'.repeat(256)] }))).status, 200)
})

test('a request with such a token is explained with its claims, tags and source identity', async (t) => {
  const actions = ['sts:TagSession', 'sts:SetSourceIdentity']
  const { service, assume } = await trusting(t, actions)
  assert.equal((await assume({ ...PRINTED, [SOURCE]: 'Admin' })).status, 200)
  const record = await lastRecord(service)
  const { decided, now } = await explainRequest(record.requestId, contextOf(service))
  assert.deepEqual([decided?.allowed, now?.decision.allowed], [true, true])
  const PolicyDocument = trust({ Federated: PROVIDER_ARN }, 'sts:AssumeRoleWithWebIdentity', SUBJECT_ONLY)
  await service.iam('UpdateAssumeRolePolicy', { RoleName: 'pods', PolicyDocument })
  assert.deepEqual(record.decision?.webIdentity?.sourceIdentity, 'Admin')
  assert.equal(record.decision?.webIdentity?.tags.length, 3)
})
