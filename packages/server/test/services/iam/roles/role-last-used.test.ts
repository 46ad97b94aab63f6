import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { serviceHandler } from '../../../../src/host/http/service.ts'
import { formBody } from '../../../support/query.ts'
import { ACCOUNT, TestService } from '../../../support/service.ts'
import { type Temporary, trust, whoSigns } from '../../../support/sessions.ts'

const DAY_MS = 24 * 3_600_000

let service: TestService
before(async () => {
  service = await TestService.open('on')
})
after(() => service[Symbol.asyncDispose]())

/** As answers have times. */
const inSeconds = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`

type Role = { RoleId: string; RoleLastUsed?: unknown }

const create = async (RoleName: string): Promise<Role> =>
  (await service.iam<{ Role: Role }>('CreateRole', { RoleName, AssumeRolePolicyDocument: trust({ AWS: '*' }) })).Role
const get = async (RoleName: string): Promise<Role> => (await service.iam<{ Role: Role }>('GetRole', { RoleName })).Role

test('GetRole alone shows when and where a role was last used, and an empty structure before', async () => {
  const created = await create('used')
  assert.equal('RoleLastUsed' in created, false)
  // What this client reads of an element without content is empty text.
  assert.equal((await get('used')).RoleLastUsed, '')
  const usedMs = service.clock.now()
  service.services.roleUses.note(created.RoleId, { usedMs, region: 'eu-west-1' })
  const used = { LastUsedDate: inSeconds(usedMs), Region: 'eu-west-1' }
  assert.deepEqual((await get('used')).RoleLastUsed, used)
  await service.services.roleUses.flush()
  assert.deepEqual((await get('used')).RoleLastUsed, used)
  const { Roles } = await service.iam<{ Roles: Role[] }>('ListRoles', {})
  assert.deepEqual(
    Roles.map((role) => 'RoleLastUsed' in role),
    [false],
  )
})

test('a use is reported for 400 days', async () => {
  const { RoleId } = await create('old')
  service.services.roleUses.note(RoleId, { usedMs: service.clock.now() - 400 * DAY_MS, region: 'eu-west-1' })
  assert.notEqual((await get('old')).RoleLastUsed, '')
  service.clock.advance(1)
  assert.equal((await get('old')).RoleLastUsed, '')
})

test('a deleted role takes its last use along, and a role that has its name was never used', async () => {
  const { RoleId } = await create('again')
  service.services.roleUses.note(RoleId, { usedMs: service.clock.now(), region: 'eu-west-1' })
  await service.services.roleUses.flush()
  assert.ok(await service.services.store.get('role_use', RoleId))
  await service.iam('DeleteRole', { RoleName: 'again' })
  assert.equal(await service.services.store.get('role_use', RoleId), undefined)
  await create('again')
  assert.equal((await get('again')).RoleLastUsed, '')
})

test('each request with credentials of a role is a use of it, and to get them is none', async () => {
  await create('worker')
  const ann = await service.user('ann')
  const RoleArn = `arn:aws:iam::${ACCOUNT}:role/worker`
  const wanted = { RoleArn, RoleSessionName: 'shift' }
  const { Credentials } = await service.sts<{ Credentials: Temporary }>('AssumeRole', wanted, ann)
  assert.equal((await get('worker')).RoleLastUsed, '')
  const session = await whoSigns(service, Credentials, 'sts')
  const { handle } = serviceHandler(() => Promise.resolve(session), service.services)
  const receivedAtMs = service.clock.now()
  const body = Buffer.from(formBody('GetCallerIdentity', '2011-06-15', {}))
  const headers = new Map()
  const from = { sourceIp: '127.0.0.1', secure: false, requestId: 'r', receivedAtMs }
  const { status } = await handle({ method: 'POST', path: '/', query: '', headers, body, ...from })
  assert.equal(status, 200)
  assert.deepEqual((await get('worker')).RoleLastUsed, {
    LastUsedDate: inSeconds(receivedAtMs),
    Region: session.region,
  })
})
