import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OperationName } from '@keyhold/protocol'
import { explainRequest } from '../../../src/admin/access/explain-request.ts'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import {
  addManagedPolicy,
  addRole,
  addService,
  addUser,
  ALLOW_KMS,
  policyOf,
  rootOf,
} from '../../support/identities.ts'
import { applyCall } from '../../support/policies.ts'
import { ACCOUNT, OTHER_ACCOUNT, TestService } from '../../support/service.ts'
import { contextOf, lastRecord } from './support/access.ts'
import { inSession } from './support/denials.ts'

const ROOT = `arn:aws:iam::${ACCOUNT}:root`
const DELEGATE = { Effect: 'Allow', Principal: { AWS: ROOT }, Action: 'kms:*', Resource: '*' }
const ADMINISTER = { ...DELEGATE, Action: ['kms:PutKeyPolicy', 'kms:GetKeyPolicy', 'kms:CreateGrant'] }
const DENY_USE = { Effect: 'Deny', Principal: '*', Action: 'kms:GenerateDataKey', Resource: '*' }
const SERVICE = 'backup.example.internal'

/** A principal whose request is denied, and other principals for which the same request is denied. */
interface Situation {
  name: string
  arrange(service: TestService): Promise<{ asks: Caller; others: Caller[]; Policy?: string }>
}

const SITUATIONS: readonly Situation[] = [
  {
    name: 'users who share a permissions boundary',
    async arrange(service) {
      const boundary = await addManagedPolicy(service, 'edge', { ...ALLOW_KMS, Action: 'kms:ListKeys' })
      const wanted = { boundary, inline: { all: ALLOW_KMS } }
      return { asks: await addUser(service, 'ann', wanted), others: [await addUser(service, 'bob', wanted)] }
    },
  },
  {
    name: 'roles whose sessions share a managed session policy',
    async arrange(service) {
      const arn = await addManagedPolicy(service, 'edge', { ...ALLOW_KMS, Action: 'kms:ListKeys' })
      const wanted = { inline: { all: ALLOW_KMS } }
      const [app, ops] = [await addRole(service, 'app', wanted), await addRole(service, 'ops', wanted)]
      const session = { managedPolicies: [{ arn, id: 'ANPAEDGEAAAAAAAAAAAA' }] }
      return { asks: inSession(app, session), others: [inSession(ops, session)] }
    },
  },
  {
    name: 'the root of an account and its users',
    async arrange(service) {
      const bob = await addUser(service, 'bob', { accountId: OTHER_ACCOUNT, inline: { all: ALLOW_KMS } })
      return { asks: rootOf(OTHER_ACCOUNT), others: [bob] }
    },
  },
  {
    name: 'the root of an account that has a grant, and its users',
    async arrange(service) {
      const bob = await addUser(service, 'bob', { inline: { all: ALLOW_KMS } })
      return { asks: rootOf(), others: [bob], Policy: policyOf(ADMINISTER) }
    },
  },
  {
    name: 'a service that acts for several resources',
    async arrange(service) {
      const backup = await addService(service, SERVICE)
      const actingFor = (volume: string): Caller => inSession(backup, { via: actsFor(volume, false) })
      return { asks: actingFor('one'), others: [actingFor('two'), backup] }
    },
  },
  {
    name: 'a service that is denied for one of its resources',
    async arrange(service) {
      const backup = await addService(service, SERVICE)
      const actingFor = (volume: string): Caller => inSession(backup, { via: actsFor(volume, false) })
      const Policy = policyOf(DELEGATE, DENY_USE, { ...DENY_USE, Effect: 'Allow', Principal: { Service: SERVICE } })
      return { asks: actingFor('one'), others: [actingFor('two'), backup], Policy }
    },
  },
  {
    name: 'a user with a service that acts for them, and the user alone',
    async arrange(service) {
      const ann = await addUser(service, 'ann')
      return { asks: inSession(ann, { via: actsFor('one', true) }), others: [ann] }
    },
  },
  ...['2012-10-17', '2008-10-17'].flatMap((Version): Situation[] => [
    {
      name: `a user with a policy variable in the path, under a deny of version ${Version}`,
      async arrange(service) {
        const wanted = { inline: { all: ALLOW_KMS } }
        const asks = await addUser(service, 'ann', { ...wanted, path: '/${aws:username}/' })
        const others = [await addUser(service, 'bob', { ...wanted, path: '/ann/' })]
        return { asks, others, Policy: JSON.stringify({ Version, Statement: [DELEGATE, DENY_USE] }) }
      },
    },
  ]),
]

for (const { name, arrange } of SITUATIONS) {
  test(`a proposal for one principal allows nothing to the others: ${name}`, async () => {
    await using service = await TestService.open('on')
    const { asks, others, Policy } = await arrange(service)
    const { arn: KeyId } = await service.createKey({ ...(Policy !== undefined && { Policy }) }, rootOf())
    const [operation, input]: [OperationName, object] = ['GenerateDataKey', { KeyId, KeySpec: 'AES_256' }]
    assert.match(await service.fault(operation, input, asks), /^AccessDeniedException/)
    const { calls } = await explainRequest((await lastRecord(service)).requestId, contextOf(service))
    for (const other of others) assert.match(await service.fault(operation, input, other), /^AccessDeniedException/)
    for (const call of calls) {
      const { service: named } = call as { service?: string }
      await applyCall(service, call, named === 'iam' ? asks.principal.accountId : undefined)
    }
    await service.ok(operation, input, asks)
    for (const other of others) assert.match(await service.fault(operation, input, other), /^AccessDeniedException/)
  })
}

function actsFor(volume: string, forwarded: boolean): NonNullable<Caller['session']>['via'] & object {
  const sourceArn = `arn:aws:backup:eu-central-1:${ACCOUNT}:volume/${volume}`
  return { service: SERVICE, forwarded, sourceArn, sourceAccount: ACCOUNT }
}
