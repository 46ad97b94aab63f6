import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ServiceName, SERVICES } from '@keyhold/protocol'
import type { Caller, Principal } from '../../src/identity/accounts/caller.ts'
import { OPERATIONS } from '../../src/services/registry.ts'
import { sessionFault } from '../../src/execution/session-fault.ts'
import { ACCOUNT } from '../support/service.ts'

const SESSION = { issuedMs: 0, expiresMs: 1, tags: [], transitiveTagKeys: [] }
const service = 'backup.example.internal'
const principal = (type: Principal['type']): Principal => ({ type, principalId: 'id', accountId: ACCOUNT, arn: 'arn' })
const called = (type: Principal['type'], session?: Caller['session']): Pick<Caller, 'principal' | 'session'> => ({
  principal: principal(type),
  ...(session && { session }),
})

const CALLERS = {
  'an access key of a user': called('IAMUser'),
  'an access key of a root': called('Root'),
  'an access key of a service': called('Service'),
  'a web identity': called('WebIdentity'),
  'a session of a user': called('IAMUser', SESSION),
  'a session of a role': called('AssumedRole', SESSION),
  'a federated user': called('FederatedUser', SESSION),
  'a session of a service': called('Service', { ...SESSION, via: { service, forwarded: false } }),
  'a federated user, forwarded': called('FederatedUser', { ...SESSION, via: { service, forwarded: true } }),
  'a user, forwarded': called('IAMUser', { ...SESSION, via: { service, forwarded: true } }),
  'a role, forwarded': called('AssumedRole', { ...SESSION, via: { service, forwarded: true } }),
}

/** Source: IAM User Guide, "Compare AWS STS credentials": what each kind of session may not call. */
const REFUSED: Readonly<Record<keyof typeof CALLERS, (service: ServiceName, name: string) => boolean>> = {
  'an access key of a user': () => false,
  'an access key of a root': () => false,
  'an access key of a service': () => false,
  'a web identity': () => false,
  'a session of a user': (of, name) =>
    of === 'iam' || (of === 'sts' && !['AssumeRole', 'GetCallerIdentity'].includes(name)),
  'a session of a role': (of, name) => of === 'sts' && /^Get(Federation|Session)Token$/.test(name),
  'a federated user': (of, name) => of === 'iam' || (of === 'sts' && name !== 'GetCallerIdentity'),
  'a session of a service': (of, name) => of === 'sts' && /^Get(Federation|Session)Token$/.test(name),
  'a federated user, forwarded': (of, name) => of !== 'kms' && name !== 'GetCallerIdentity',
  'a user, forwarded': (of, name) => of !== 'kms' && name !== 'GetCallerIdentity',
  'a role, forwarded': (of, name) => of !== 'kms' && name !== 'GetCallerIdentity',
}

for (const who of Object.keys(CALLERS) as (keyof typeof CALLERS)[]) {
  test(`${who} calls of each service what AWS lets such credentials call`, () => {
    for (const of of Object.keys(SERVICES) as ServiceName[]) {
      for (const operation of OPERATIONS.of(of).values()) {
        const fault = sessionFault(operation, CALLERS[who])
        assert.equal(fault !== undefined, REFUSED[who](of, operation.name), `${of}:${operation.name}`)
        if (fault) assert.equal(fault.status === 403 || fault.code === 'AccessDeniedException', true)
      }
    }
  })
}
