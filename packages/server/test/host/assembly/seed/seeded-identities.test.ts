import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SeedError } from '../../../../src/index.ts'
import { rootOf, TestService } from '../../../support/service.ts'
import { KmsClient } from '../support/client.ts'
import { clientOf, credentialsIn, query, started } from '../support/dev.ts'
import { seed } from './seeded.ts'

const ID = '1234abcd-12ab-34cd-56ef-1234567890ab'
const ONE = '111122223333'
const OTHER = '444455556666'
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'
const document = (...Statement: object[]): object => ({ Version: '2012-10-17', Statement })
const allow = (Action: string | string[]): object => document({ Effect: 'Allow', Action, Resource: '*' })

const SEED = {
  accounts: ['777788889999'],
  policies: [
    { name: 'listing', account: ONE, path: '/team/', document: allow('kms:ListKeys'), tags: { a: 'b' } },
    { name: 'limit', account: ONE, document: allow(['kms:*', 'sts:*']) },
  ],
  groups: [{ name: 'readers', account: ONE, policies: ['listing'], inlinePolicies: { p: allow('kms:ListAliases') } }],
  users: [
    {
      name: 'ann',
      account: ONE,
      boundary: 'limit',
      groups: ['readers'],
      policies: ['arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser'],
      inlinePolicies: { assume: allow('sts:AssumeRole') },
      accessKeys: [
        { id: 'AKIAIOSFODNN7EXAMPLE', secret: SECRET },
        { id: 'AKIAIOSFODNN8EXAMPLE', secret: SECRET, active: false },
      ],
    },
  ],
  roles: [
    {
      name: 'first',
      account: OTHER,
      // The role of the other account comes later in this file.
      trust: document({
        Effect: 'Allow',
        Principal: { AWS: [`arn:aws:iam::${OTHER}:role/second`, ONE] },
        Action: 'sts:AssumeRole',
      }),
      policies: ['arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser'],
      maxSessionSeconds: 7200,
      tags: { team: 'x' },
    },
    {
      name: 'second',
      account: OTHER,
      trust: document({ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }),
    },
  ],
  keys: [
    {
      id: ID,
      account: OTHER,
      region: 'eu-central-1',
      policy: document(
        { Effect: 'Allow', Principal: { AWS: OTHER }, Action: 'kms:*', Resource: '*' },
        {
          Effect: 'Allow',
          Principal: { AWS: `arn:aws:iam::${ONE}:user/ann` },
          Action: 'kms:DescribeKey',
          Resource: '*',
        },
      ),
    },
  ],
}

describe('a seed of several accounts', () => {
  test('makes users with chosen access keys, who may do what groups, policies and boundaries say', async () => {
    await using server = await started({ enforce: true, seed: SEED })
    for (const round of ['after the start', 'after a reset']) {
      using ann = new KmsClient(server.endpoint, { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: SECRET })
      await ann.ok('ListKeys', {})
      await ann.ok('ListAliases', {})
      const arn = `arn:aws:kms:eu-central-1:${OTHER}:key/${ID}`
      await ann.ok('DescribeKey', { KeyId: arn })
      assert.equal(await ann.fault('DisableKey', { KeyId: arn }), 'AccessDeniedException', round)
      using forged = new KmsClient(server.endpoint, {
        accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
        secretAccessKey: `${SECRET}x`,
      })
      assert.equal(await forged.fault('ListKeys', {}), 'InvalidSignatureException')
      using disabled = new KmsClient(server.endpoint, { accessKeyId: 'AKIAIOSFODNN8EXAMPLE', secretAccessKey: SECRET })
      assert.equal(await disabled.fault('ListKeys', {}), 'UnrecognizedClientException')
      const form = { Action: 'AssumeRole', RoleArn: `arn:aws:iam::${OTHER}:role/first`, RoleSessionName: 'session' }
      const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: SECRET }
      using session = new KmsClient(server.endpoint, credentialsIn(await query(server, 'sts', form, credentials)))
      await session.ok('DescribeKey', { KeyId: arn })
      using owner = clientOf(server, OTHER)
      await owner.ok('CreateGrant', { KeyId: ID, GranteePrincipal: '777788889999', Operations: ['Decrypt'] })
      await server.reset()
    }
  })

  test('leaves what exists as it is', async () => {
    await using service = await TestService.open('off')
    await seed(service, SEED)
    await service.iam('DeleteUserPolicy', { UserName: 'ann', PolicyName: 'assume' }, rootOf(ONE))
    await seed(service, SEED)
    const { PolicyNames } = await service.iam<{ PolicyNames: unknown }>(
      'ListUserPolicies',
      { UserName: 'ann' },
      rootOf(ONE),
    )
    assert.deepEqual(PolicyNames || [], [])
  })

  test('is refused with the place and the reason where IAM refuses it', async () => {
    await using service = await TestService.open('on')
    const refused: [object, RegExp][] = [
      [{ users: [{ name: 'a b' }] }, /^SeedError: users\[0\]: CreateUser is refused: ValidationError/],
      [
        { users: [{ name: 'a', groups: ['none'] }] },
        /users\[0\]\.groups\[0\]: AddUserToGroup is refused: NoSuchEntity/,
      ],
      [{ users: [{ name: 'b', policies: ['none'] }] }, /users\[0\]\.policies\[0\]: expected the ARN of a policy, or/],
      [{ policies: [{ name: 'p', document: 'x' }] }, /policies\[0\]: CreatePolicy is refused: MalformedPolicyDocument/],
      [{ roles: [{ name: 'r', trust: {} }] }, /roles\[0\]\.trust: UpdateAssumeRolePolicy is refused: Malformed/],
      [
        { users: [1, 2].map((n) => ({ name: `k${n}`, accessKeys: [{ id: 'AKIAIOSFODNN9EXAMPLE', secret: SECRET }] })) },
        /users\[1\]\.accessKeys\[0\]: CreateAccessKey is refused: EntityAlreadyExists/,
      ],
    ]
    for (const [said, expected] of refused) await assert.rejects(seed(service, said), expected)
  })

  test('stops the start of a server, which leaves nothing behind', async () => {
    await assert.rejects(started({ seed: { users: [{ name: 'a b' }] } }), SeedError)
  })
})
