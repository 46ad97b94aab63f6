import assert from 'node:assert/strict'
import { test } from 'node:test'
import { storedAccessKeys } from '../../../src/identity/authentication/stored-access-keys.ts'
import type { ServiceRecord } from '../../../src/vault/records/principal.ts'
import { sealSession, type SessionClaims } from '../../../src/identity/accounts/session-token.ts'
import { secretText } from '../../../src/identity/accounts/access-key.ts'
import { addService, addUser } from '../../support/identities.ts'
import { change } from '../../support/policies.ts'
import { ACCOUNT, TestService } from '../../support/service.ts'

const HOUR_MS = 3_600_000
const NAME = 'backup.example.internal'

test('the sessions of a stopped service are refused: its own, and those that it has for users', async () => {
  await using service = await TestService.open('on')
  await addService(service, NAME)
  const { principal } = await addUser(service, 'ann')
  const { directory, hierarchy } = service.services
  const issuedMs = service.clock.now()
  const limits = { issuedMs, expiresMs: issuedMs + HOUR_MS, tags: [], transitiveTagKeys: [], accountId: ACCOUNT }
  const sessions: SessionClaims[] = [
    { ...limits, kind: 'service', principalId: NAME },
    { ...limits, kind: 'user', principalId: principal.principalId, via: { service: NAME, forwarded: true } },
  ]
  const owners = async (): Promise<(string | undefined)[]> => {
    await directory.catchUp()
    const keys = storedAccessKeys(directory, hierarchy)
    return Promise.all(
      sessions.map(async (claims) => {
        using secret = secretText(service.services.random)
        const token = await sealSession('ASIATEST', claims, secret, hierarchy)
        return (await keys.find('ASIATEST', token))?.owner.principal.arn
      }),
    )
  }
  assert.deepEqual(await owners(), [NAME, principal.arn])
  await change<ServiceRecord>(service, 'principal', NAME, (record) => ({ ...record, disabled: true }))
  assert.deepEqual(await owners(), [undefined, undefined])
})
