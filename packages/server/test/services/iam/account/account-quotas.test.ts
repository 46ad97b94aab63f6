import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IamOperationName } from '@keyhold/protocol'
import { TestService } from '../../../support/service.ts'

const ANYTHING = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
})
const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: '*' } }],
})

/** What is created, its input, and how many an account has at most. */
const CREATED: readonly [IamOperationName, (name: string) => object, string, number][] = [
  ['CreateUser', (UserName) => ({ UserName }), 'UsersPerAccount', 5000],
  ['CreateGroup', (GroupName) => ({ GroupName }), 'GroupsPerAccount', 300],
  ['CreateRole', (RoleName) => ({ RoleName, AssumeRolePolicyDocument: TRUST }), 'RolesPerAccount', 1000],
  ['CreatePolicy', (PolicyName) => ({ PolicyName, PolicyDocument: ANYTHING }), 'PoliciesPerAccount', 1500],
  ['CreateInstanceProfile', (InstanceProfileName) => ({ InstanceProfileName }), 'InstanceProfilesPerAccount', 1000],
  [
    'CreateOpenIDConnectProvider',
    (name) => ({ Url: `https://${name}.example` }),
    'OpenIdConnectProvidersPerAccount',
    100,
  ],
]

/** Lets the service count so many rows, whatever there are. */
function counting({ services: { store } }: TestService, rows: number): void {
  store.countByOwner = async (_table, _owner, most) => Math.min(rows, most)
}

test('an account has no more users, groups, roles, policies and providers than AWS lets it have', async () => {
  for (const [operation, inputOf, quota, most] of CREATED) {
    await using service = await TestService.open()
    counting(service, most - 1)
    await service.iam(operation, inputOf('last'))
    counting(service, most)
    assert.equal(
      await service.iamFault(operation, inputOf('more')),
      `LimitExceeded: Cannot exceed quota for ${quota}: ${most}`,
    )
  }
})

test('of many creations at once as many pass as there are places', async () => {
  await using service = await TestService.open()
  const provider = (name: string): object => ({ Url: `https://${name}.example` })
  for (let made = 0; made < 97; made++) await service.iam('CreateOpenIDConnectProvider', provider(`p${made}`))
  const replies = await Promise.all(
    Array.from({ length: 8 }, (_, index) => service.query('iam', 'CreateOpenIDConnectProvider', provider(`q${index}`))),
  )
  const refused = replies.filter(({ status }) => status === 409)
  assert.deepEqual([replies.length, refused.length], [8, 5])
  const { SummaryMap } = await service.iam<{ SummaryMap: Record<string, string> }>('GetAccountSummary', {})
  assert.equal(Number(SummaryMap['Providers']), 100)
})
