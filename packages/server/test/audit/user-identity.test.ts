import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toCloudTrail } from '../../src/audit/cloudtrail.ts'
import type { AuditCaller } from '../../src/audit/record.ts'
import { recordOf } from './support/audit-bench.ts'

const ISSUED_MS = Date.UTC(2026, 1, 3, 4, 5, 6, 789)
const ROLE = { arn: 'arn:aws:iam::111122223333:role/ops/deployer', principalId: 'AROAEXAMPLE' }
const SESSION: AuditCaller = {
  type: 'AssumedRole',
  principalId: 'AROAEXAMPLE:one',
  arn: 'arn:aws:sts::111122223333:assumed-role/deployer/one',
  accountId: '111122223333',
  accessKeyId: 'ASIAEXAMPLE',
  role: ROLE,
  session: { issuedMs: ISSUED_MS },
}
const ATTRIBUTES = { creationDate: '2026-02-03T04:05:06Z', mfaAuthenticated: 'false' }

function eventOf(caller: AuditCaller): Record<string, unknown> {
  return toCloudTrail({ ...recordOf(1, ISSUED_MS), caller })
}

test('a session of a role names the role that issued it', () => {
  assert.deepEqual(eventOf(SESSION)['userIdentity'], {
    type: 'AssumedRole',
    principalId: 'AROAEXAMPLE:one',
    arn: SESSION.arn,
    accountId: '111122223333',
    accessKeyId: 'ASIAEXAMPLE',
    sessionContext: {
      sessionIssuer: { type: 'Role', ...ROLE, accountId: '111122223333', userName: 'deployer' },
      attributes: ATTRIBUTES,
    },
  })
})

test('a session has its source identity and its identity provider', () => {
  const federatedProvider = 'arn:aws:iam::111122223333:oidc-provider/issuer.example.com'
  const session = { issuedMs: ISSUED_MS, sourceIdentity: 'ann', federatedProvider }
  const { sessionContext } = eventOf({ ...SESSION, session })['userIdentity'] as { sessionContext: object }
  assert.deepEqual(sessionContext, {
    sessionIssuer: { type: 'Role', ...ROLE, accountId: '111122223333', userName: 'deployer' },
    webIdFederationData: { federatedProvider, attributes: {} },
    attributes: ATTRIBUTES,
    sourceIdentity: 'ann',
  })
})

test('a user’s own session has no issuer', () => {
  const user = {
    type: 'IAMUser',
    principalId: 'AIDAEXAMPLE',
    arn: 'arn:aws:iam::111122223333:user/ann',
    userName: 'ann',
  } as const
  const { role: _, ...session } = SESSION
  assert.deepEqual(eventOf({ ...session, ...user })['userIdentity'], {
    ...user,
    accountId: '111122223333',
    accessKeyId: 'ASIAEXAMPLE',
    sessionContext: { attributes: ATTRIBUTES },
  })
})

test('a service has only its name', () => {
  const service = { type: 'Service', principalId: 'backup.amazonaws.com', arn: 'backup.amazonaws.com' } as const
  const { role: _, session: __, ...caller } = SESSION
  assert.deepEqual(eventOf({ ...caller, ...service })['userIdentity'], {
    type: 'AWSService',
    invokedBy: 'backup.amazonaws.com',
  })
})

test('an action of a service for a user belongs to the user, with the service in place of the address', () => {
  const event = eventOf({ ...SESSION, session: { issuedMs: ISSUED_MS, invokedBy: 'backup.amazonaws.com' } })
  assert.equal((event['userIdentity'] as Record<string, unknown>)['invokedBy'], 'backup.amazonaws.com')
  assert.deepEqual([event['sourceIPAddress'], event['userAgent']], ['backup.amazonaws.com', 'backup.amazonaws.com'])
})
