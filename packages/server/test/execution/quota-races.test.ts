import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { IamOperationName, OperationName } from '@keyhold/protocol'
import type { RESOURCE_QUOTAS } from '../../src/domain/keys/quotas.ts'
import { QUOTAS } from '../../src/services/iam/account/quotas.ts'
import { type EntityKind, entityNameTable } from '../../src/vault/records/entity-name.ts'
import { policyOf } from '../support/identities.ts'
import { rowsBeside } from '../support/rows-beside.ts'
import { ACCOUNT, REGION, type Reply, TestService } from '../support/service.ts'

/** Fills all places but one, and returns what takes one more: each number another thing. */
type Fill = (service: TestService) => Promise<(index: number) => Promise<Reply>>

/** Nothing accumulates: what one request brings is all that counts. */
const OF_ONE_REQUEST = 'the size of one document'

const TRUST = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"AWS":"*"}}]}`
const DOCUMENT = policyOf({ Effect: 'Allow', Action: 'kms:*', Resource: '*' })
const user = { UserName: 'ann' }
const role = { RoleName: 'app' }
const group = { GroupName: 'devs' }

/** Entities beside the first ones of this test, so many that one place is free. */
function entities(operation: IamOperationName, owner: string, most: number, input: (name: string) => object): Fill {
  return async (service) => {
    rowsBeside(service, owner, most - 1)
    return (index) => service.query('iam', operation, input(`new${index}`))
  }
}

function named(kind: EntityKind): string {
  return entityNameTable.owner({ accountId: ACCOUNT, kind })
}

/** Makes the entity, then all but one of the things it may have. */
function things(
  [create, whole]: [IamOperationName, object],
  most: number,
  [operation, input]: [IamOperationName, (index: number, service: TestService) => object | Promise<object>],
): Fill {
  return async (service) => {
    await service.iam(create, whole)
    const add = async (index: number): Promise<Reply> => service.query('iam', operation, await input(index, service))
    for (let index = 1; index < most; index++) assert.equal((await add(index)).status, 200)
    // What is added must be there before: only then all is under way at once.
    const inputs = await Promise.all([100, 101, 102, 103].map(async (index) => input(index, service)))
    return (index) => service.query('iam', operation, inputs[index] ?? {})
  }
}

async function policyArn(index: number, service: TestService): Promise<{ PolicyArn: string }> {
  await service.iam('CreatePolicy', { PolicyName: `p${index}`, PolicyDocument: DOCUMENT })
  return { PolicyArn: `arn:aws:iam::${ACCOUNT}:policy/p${index}` }
}

/** An inline policy that takes somewhat less than the half of `most` characters. */
function inline(most: number, of: object): (index: number) => object {
  const resource = `arn:aws:kms:*:*:key/${'x'.repeat(most / 2 - 120)}`
  const PolicyDocument = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"${resource}"}]}`
  return (index) => ({ ...of, PolicyName: `i${index}`, PolicyDocument })
}

/** Makes a key and all but one of the things it may have. */
function ofKey(most: number, operation: OperationName, input: (index: number) => object): Fill {
  return async (service) => {
    const { keyId } = await service.createKey()
    const id = operation === 'CreateAlias' ? { TargetKeyId: keyId } : { KeyId: keyId }
    for (let index = 1; index < most; index++) await service.ok(operation, { ...id, ...input(index) })
    return (index) => service.call(operation, { ...id, ...input(100 + index) })
  }
}

const tags = Array.from({ length: 49 }, (_, index) => ({ Key: `k${index}`, Value: '' }))
const provider = { Url: 'https://a.example', ClientIDList: Array.from({ length: 99 }, (_, index) => `b${index}`) }
const oidcArn = { OpenIDConnectProviderArn: `arn:aws:iam::${ACCOUNT}:oidc-provider/a.example` }
const profile = { InstanceProfileName: 'own' }
const ownPolicy = { PolicyArn: `arn:aws:iam::${ACCOUNT}:policy/own` }

const CREATE: Record<'user' | 'role' | 'group' | 'policy', [IamOperationName, object]> = {
  user: ['CreateUser', user],
  role: ['CreateRole', { ...role, AssumeRolePolicyDocument: TRUST }],
  group: ['CreateGroup', group],
  policy: ['CreatePolicy', { PolicyName: 'own', PolicyDocument: DOCUMENT }],
}

/** Of every quota that there is: the compiler asks for a new one here. */
const RACES: Record<keyof typeof QUOTAS | keyof typeof RESOURCE_QUOTAS, Fill | typeof OF_ONE_REQUEST> = {
  ACLSizePerRole: OF_ONE_REQUEST,
  PolicySize: OF_ONE_REQUEST,
  keyPolicyBytes: OF_ONE_REQUEST,
  AccessKeysPerUser: things(CREATE.user, 2, ['CreateAccessKey', () => user]),
  ClientIdsPerOpenIdConnectProvider: things(['CreateOpenIDConnectProvider', provider], 1, [
    'AddClientIDToOpenIDConnectProvider',
    (index) => ({ ...oidcArn, ClientID: `a${index}` }),
  ]),
  GroupPolicySize: things(CREATE.group, 2, ['PutGroupPolicy', inline(QUOTAS.GroupPolicySize, group)]),
  RolePolicySize: things(CREATE.role, 2, ['PutRolePolicy', inline(QUOTAS.RolePolicySize, role)]),
  UserPolicySize: things(CREATE.user, 2, ['PutUserPolicy', inline(QUOTAS.UserPolicySize, user)]),
  GroupsPerAccount: entities('CreateGroup', named('group'), 300, (GroupName) => ({ GroupName })),
  GroupsPerUser: things(CREATE.user, 10, [
    'AddUserToGroup',
    async (index, service) => {
      const GroupName = `g${index}`
      await service.iam('CreateGroup', { GroupName })
      return { ...user, GroupName }
    },
  ]),
  InstanceProfilesPerAccount: entities(
    'CreateInstanceProfile',
    named('instance-profile'),
    1000,
    (InstanceProfileName) => ({
      InstanceProfileName,
    }),
  ),
  InstanceSessionsPerInstanceProfile: things(['CreateInstanceProfile', profile], 1, [
    'AddRoleToInstanceProfile',
    async (index, service) => {
      const RoleName = `r${index}`
      await service.iam('CreateRole', { RoleName, AssumeRolePolicyDocument: TRUST })
      return { ...profile, RoleName }
    },
  ]),
  OpenIdConnectProvidersPerAccount: entities('CreateOpenIDConnectProvider', ACCOUNT, 100, (name) => ({
    Url: `https://${name}.example`,
  })),
  PoliciesPerAccount: entities('CreatePolicy', named('policy'), 1500, (PolicyName) => ({
    PolicyName,
    PolicyDocument: DOCUMENT,
  })),
  PoliciesPerGroup: things(CREATE.group, 10, [
    'AttachGroupPolicy',
    async (index, service) => ({ ...group, ...(await policyArn(index, service)) }),
  ]),
  PoliciesPerRole: things(CREATE.role, 10, [
    'AttachRolePolicy',
    async (index, service) => ({ ...role, ...(await policyArn(index, service)) }),
  ]),
  PoliciesPerUser: things(CREATE.user, 10, [
    'AttachUserPolicy',
    async (index, service) => ({ ...user, ...(await policyArn(index, service)) }),
  ]),
  RolesPerAccount: entities('CreateRole', named('role'), 1000, (RoleName) => ({
    RoleName,
    AssumeRolePolicyDocument: TRUST,
  })),
  TagsPerResource: things(['CreateUser', { ...user, Tags: tags }], 1, [
    'TagUser',
    (index) => ({ ...user, Tags: [{ Key: `t${index}`, Value: '' }] }),
  ]),
  UsersPerAccount: entities('CreateUser', named('user'), 5000, (UserName) => ({ UserName })),
  VersionsPerPolicy: things(CREATE.policy, 4, [
    'CreatePolicyVersion',
    () => ({ ...ownPolicy, PolicyDocument: DOCUMENT }),
  ]),
  keys: async (service) => {
    rowsBeside(service, `${ACCOUNT}/${REGION}`, 99_997)
    rowsBeside(service, `${ACCOUNT}/us-west-2`, 99_999)
    const primaries = [await service.createKey({ MultiRegion: true }), await service.createKey({ MultiRegion: true })]
    const replicated = primaries.map(({ keyId }) =>
      service.call('ReplicateKey', { KeyId: keyId, ReplicaRegion: 'us-west-2' }),
    )
    assert.equal((await Promise.all(replicated)).filter(({ status }) => status === 200).length, 1)
    return () => service.call('CreateKey', {})
  },
  aliasesPerKey: ofKey(50, 'CreateAlias', (index) => ({ AliasName: `alias/a${index}` })),
  grantsPerKey: async (service) => {
    const { keyId } = await service.createKey()
    rowsBeside(service, `${REGION}/${keyId}`, 49_999)
    const GranteePrincipal = `arn:aws:iam::${ACCOUNT}:root`
    return () => service.call('CreateGrant', { KeyId: keyId, GranteePrincipal, Operations: ['Decrypt'] })
  },
  tagsPerKey: async (service) => {
    const { keyId } = await service.createKey({ Tags: tags.map(({ Key }) => ({ TagKey: Key, TagValue: '' })) })
    return (index) => service.call('TagResource', { KeyId: keyId, Tags: [{ TagKey: `t${index}`, TagValue: '' }] })
  },
  onDemandRotationsPerKey: ofKey(25, 'RotateKeyOnDemand', () => ({})),
}

describe('of four creations at once one takes the last place of the quota', () => {
  for (const [quota, fill] of Object.entries(RACES)) {
    if (fill === OF_ONE_REQUEST) continue
    test(quota, async () => {
      await using service = await TestService.open()
      const create = await fill(service)
      const replies = await Promise.all([0, 1, 2, 3].map((index) => create(index)))
      const refused = replies.filter(({ status }) => status !== 200)
      assert.equal(refused.length, 3)
      for (const { body } of refused) assert.match(String(body['Code'] ?? body['__type']), /LimitExceeded|TagException/)
    })
  }
})
