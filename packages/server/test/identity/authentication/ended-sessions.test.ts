import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { disableAccessKey } from '../../../src/admin/operator/access-keys.ts'
import { ACCOUNT, TestService } from '../../support/service.ts'
import { policyOf, type Signing, type Temporary, trust, whoSigns } from '../../support/sessions.ts'

const UNKNOWN = { code: 'UnrecognizedClientException' }

/** A user with an access key, and all sessions made with it: the user's own, one of a role, and one made by that. */
async function leaked() {
  const service = await TestService.open('on')
  const UserName = 'ann'
  const { principal } = await service.user(UserName)
  for (const [RoleName, by] of [
    ['first', principal.arn],
    ['second', `arn:aws:iam::${ACCOUNT}:role/first`],
  ] as const) {
    await service.iam('CreateRole', { RoleName, AssumeRolePolicyDocument: trust({ AWS: by }) })
    const all = { PolicyName: 'all', PolicyDocument: policyOf(['sts:*', 'kms:*']) }
    await service.iam('PutRolePolicy', { RoleName, ...all })
  }
  const newKey = async (): Promise<Signing> =>
    (await service.iam<{ AccessKey: Signing }>('CreateAccessKey', { UserName })).AccessKey
  const madeWith = async (key: Signing): Promise<Record<string, Temporary>> => {
    const caller = await whoSigns(service, key, 'sts')
    const own = await session('GetSessionToken', {}, caller)
    const role = await assume('first', caller)
    return { own, role, chained: await assume('second', await whoSigns(service, role, 'sts')) }
  }
  const session = async (operation: 'GetSessionToken' | 'AssumeRole', input: object, caller: Caller) =>
    (await service.sts<{ Credentials: Temporary }>(operation, input, caller)).Credentials
  const assume = (role: string, caller: Caller): Promise<Temporary> =>
    session('AssumeRole', { RoleArn: `arn:aws:iam::${ACCOUNT}:role/${role}`, RoleSessionName: 'one' }, caller)
  const key = await newKey()
  const operator = {
    store: service.engine.store,
    hierarchy: service.engine.hierarchy,
    directory: service.engine.directory,
  }
  const disable = (andSessions: boolean): Promise<boolean> =>
    disableAccessKey(
      key.AccessKeyId,
      { andSessions },
      { ...service.services, ...operator, operator: { user: 'op', host: 'h' } as never },
    )
  const setStatus = (Status: string): Promise<object> =>
    service.iam('UpdateAccessKey', { UserName, AccessKeyId: key.AccessKeyId, Status })
  const remove = (): Promise<object> => service.iam('DeleteAccessKey', { UserName, AccessKeyId: key.AccessKeyId })
  return { service, key, newKey, madeWith, disable, setStatus, remove }
}

test('sessions go on when the access key that made them is made inactive, as on AWS', async () => {
  const { service, key, madeWith, setStatus, disable } = await leaked()
  await using _ = service
  const sessions = await madeWith(key)
  await setStatus('Inactive')
  for (const each of Object.values(sessions)) await whoSigns(service, each)
  await setStatus('Active')
  assert.equal(await disable(false), true)
  assert.equal(await disable(false), false)
  for (const each of Object.values(sessions)) await whoSigns(service, each)
})

test('an operator ends the sessions of a key for good, and none of another key of the user', async () => {
  const { service, key, newKey, madeWith, setStatus, disable, remove } = await leaked()
  await using _ = service
  const others = await madeWith(await newKey())
  const ended = await madeWith(key)
  assert.equal(await disable(true), true)
  const areEnded = async (): Promise<void> => {
    for (const each of Object.values(ended)) await assert.rejects(whoSigns(service, each), UNKNOWN)
  }
  await areEnded()
  await setStatus('Active')
  await areEnded()
  const later = await madeWith(key)
  for (const each of [...Object.values(others), ...Object.values(later)]) await whoSigns(service, each)
  await areEnded()
  await remove()
  await areEnded()
  for (const each of Object.values(later)) await assert.rejects(whoSigns(service, each), UNKNOWN)
  for (const each of Object.values(others)) await whoSigns(service, each)
})

test('what a session would have changed is not committed once it was ended', async () => {
  const { service, key, madeWith, disable } = await leaked()
  await using _ = service
  const { own, role } = await madeWith(key)
  assert(own && role)
  for (const each of [own, role]) {
    const caller = await whoSigns(service, each)
    await service.iam('PutUserPolicy', { UserName: 'ann', PolicyName: 'all', PolicyDocument: policyOf('kms:*') })
    await service.ok('CreateKey', {}, caller)
  }
  const caller = await whoSigns(service, role)
  await disable(true)
  await service.services.directory.catchUp()
  assert.match(await service.fault('CreateKey', {}, caller), /^UnrecognizedClientException/)
})
