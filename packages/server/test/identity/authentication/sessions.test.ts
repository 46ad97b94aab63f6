import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import fc from 'fast-check'
import { devCaller } from '../../../src/identity/authentication/dev-caller.ts'
import { storedAccessKeys } from '../../../src/identity/authentication/stored-access-keys.ts'
import { systemRandom } from '../../../src/crypto/random.ts'
import { openEngine } from '../../../src/host/assembly/open.ts'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { addAdministrator } from '../../../src/identity/accounts/administrator.ts'
import { issueSession } from '../../../src/identity/accounts/issue-session.ts'
import { openSession, sealSession, type SessionClaims } from '../../../src/identity/accounts/session-token.ts'
import { manualClock } from '../../support/manual-clock.ts'
import { ephemeralRoot } from '../../../src/vault/root/ephemeral-root.ts'
import { servicesOf } from '../../../src/host/assembly/services.ts'
import { Changeset } from '../../../src/vault/records/changeset.ts'
import { sharedDatabase } from '../../support/hierarchy.ts'
import { ACCOUNT, TestService } from '../../support/service.ts'
import { policyOf, type Temporary, trust, whoSigns } from '../../support/sessions.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import { signed } from './fixture.ts'

const ROLE = `arn:aws:iam::${ACCOUNT}:role/r`

interface Fixture {
  service: TestService
  ann: Caller
  credentials: Temporary
}

/** A session of a role that may list keys, made by a user named ann. */
async function assumed(): Promise<Fixture> {
  const service = await TestService.open('on')
  const ann = await service.user('ann')
  const AssumeRolePolicyDocument = trust({ AWS: ann.principal.arn })
  await service.iam('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument })
  await putPolicy(service, 'p', policyOf('kms:ListKeys'))
  const wanted = { RoleArn: ROLE, RoleSessionName: 'one' }
  const { Credentials } = await service.sts<{ Credentials: Temporary }>('AssumeRole', wanted, ann)
  return { service, ann, credentials: Credentials }
}

function putPolicy(service: TestService, PolicyName: string, PolicyDocument: string): Promise<object> {
  return service.iam('PutRolePolicy', { RoleName: 'r', PolicyName, PolicyDocument })
}

const UNKNOWN = { code: 'UnrecognizedClientException' }

test('a session signs requests to every service', async () => {
  const { service, credentials } = await assumed()
  await using _ = service
  for (const name of ['kms', 'iam', 'sts'] as const) {
    const caller = await whoSigns(service, credentials, name)
    assert.equal(caller.principal.arn, `arn:aws:sts::${ACCOUNT}:assumed-role/r/one`)
    assert.deepEqual([caller.service, caller.accessKeyId], [name, credentials.AccessKeyId])
  }
})

test('a token is worth nothing without its secret, without itself, or beside another access key', async () => {
  const { service, ann, credentials } = await assumed()
  await using _ = service
  const other = await service.sts<{ Credentials: Temporary }>(
    'AssumeRole',
    { RoleArn: ROLE, RoleSessionName: 'two' },
    ann,
  )
  const { AccessKeyId, SecretAccessKey, SessionToken } = credentials
  const wrong = { ...credentials, SecretAccessKey: other.Credentials.SecretAccessKey }
  await assert.rejects(whoSigns(service, wrong), { code: 'InvalidSignatureException' })
  await assert.rejects(whoSigns(service, { ...other.Credentials, SessionToken }), UNKNOWN)
  await assert.rejects(whoSigns(service, { AccessKeyId, SecretAccessKey, SessionToken: '' }), UNKNOWN)
  const tokenless = { AccessKeyId, SecretAccessKey } as typeof credentials
  await assert.rejects(whoSigns(service, tokenless), UNKNOWN)
})

test('a session ends at its time, to the millisecond', async () => {
  const { service, credentials } = await assumed()
  await using _ = service
  service.clock.advance(Date.parse(credentials.Expiration) - service.clock.now() - 1)
  await whoSigns(service, credentials)
  service.clock.advance(1)
  await assert.rejects(whoSigns(service, credentials), { code: 'ExpiredTokenException' })
})

test('a development server that enforces nothing takes no expired token either', async () => {
  const { service, credentials } = await assumed()
  await using _ = service
  const { directory, hierarchy } = service.services
  const believe = devCaller({ accessKeys: storedAccessKeys(directory, hierarchy), services: ['kms'] })
  const keys = { accessKeyId: credentials.AccessKeyId, secretAccessKey: 'anything' }
  const request = signed({ credentials: { ...keys, sessionToken: credentials.SessionToken } })
  const caller = await believe({ ...request, receivedAtMs: service.clock.now() })
  assert.equal(caller.principal.type, 'AssumedRole')
  const late = { ...request, receivedAtMs: Date.parse(credentials.Expiration) }
  await assert.rejects(believe(late), { code: 'ExpiredTokenException' })
})

test('the sessions of a role end with it, and are not those of its successor', async () => {
  const { service, ann, credentials } = await assumed()
  await using _ = service
  await service.iam('DeleteRolePolicy', { RoleName: 'r', PolicyName: 'p' })
  await service.iam('DeleteRole', { RoleName: 'r' })
  await assert.rejects(whoSigns(service, credentials), UNKNOWN)
  await service.iam('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: trust({ AWS: ann.principal.arn }) })
  await assert.rejects(whoSigns(service, credentials), UNKNOWN)
})

test('the sessions of a user end with the user', async () => {
  await using service = await TestService.open('on')
  const { Credentials } = await service.sts<{ Credentials: Temporary }>(
    'GetSessionToken',
    {},
    await service.user('ann'),
  )
  await whoSigns(service, Credentials)
  await service.iam('DeleteUser', { UserName: 'ann' })
  await assert.rejects(whoSigns(service, Credentials), UNKNOWN)
})

test('a role that is deleted between authentication and decision has no rights left', async () => {
  const { service, credentials } = await assumed()
  await using _ = service
  const caller = await whoSigns(service, credentials)
  await service.iam('DeleteRolePolicy', { RoleName: 'r', PolicyName: 'p' })
  await service.iam('DeleteRole', { RoleName: 'r' })
  assert.match(await service.fault('ListKeys', {}, caller), /^UnrecognizedClientException/)
})

test('a session has the policies that its role has when it acts', async () => {
  const { service, credentials } = await assumed()
  await using _ = service
  const caller = await whoSigns(service, credentials)
  await service.ok('ListKeys', {}, caller)
  await service.iam('DeleteRolePolicy', { RoleName: 'r', PolicyName: 'p' })
  assert.match(await service.fault('ListKeys', {}, caller), /^AccessDenied/)
})

test('sessions made before a moment are revoked by a policy on aws:TokenIssueTime, later ones are not', async () => {
  const { service, ann, credentials } = await assumed()
  await using _ = service
  service.clock.advance(1000)
  const before = { DateLessThan: { 'aws:TokenIssueTime': new Date(service.clock.now()).toISOString() } }
  await putPolicy(service, 'AWSRevokeOlderSessions', policyOf('*', before, 'Deny'))
  const revoked = await whoSigns(service, credentials)
  assert.match(await service.fault('ListKeys', {}, revoked), /explicit deny in an identity-based policy/)
  const again = await service.sts<{ Credentials: Temporary }>(
    'AssumeRole',
    { RoleArn: ROLE, RoleSessionName: 'two' },
    ann,
  )
  await service.ok('ListKeys', {}, await whoSigns(service, again.Credentials))
})

test('a session of every kind ends at the announced second', async () => {
  await using service = await TestService.open('on')
  service.clock.advance(400)
  const ann = await service.user('ann')
  await service.iam('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: trust({ AWS: ann.principal.arn }) })
  const wanted = { RoleArn: ROLE, RoleSessionName: 'one', DurationSeconds: 900 }
  const answers = [
    await service.sts<{ Credentials: Temporary }>('AssumeRole', wanted, ann),
    await service.sts<{ Credentials: Temporary }>('GetSessionToken', { DurationSeconds: 900 }, ann),
  ]
  const [ends = 0, ...others] = answers.map(({ Credentials }) => Date.parse(Credentials.Expiration))
  assert.deepEqual(others, [ends])
  service.clock.advance(ends - 1 - service.clock.now())
  for (const { Credentials } of answers) await whoSigns(service, Credentials)
  service.clock.advance(1)
  for (const { Credentials } of answers) {
    await assert.rejects(whoSigns(service, Credentials), { code: 'ExpiredTokenException' })
  }
})

test('sessions survive a restart', async (t) => {
  const parent = await mkdtemp(join(tmpdir(), 'keyhold-sessions-'))
  const folder = join(parent, 'data')
  const clock = manualClock(Date.UTC(2026, 0, 1))
  const common = { clock, logger: silentLogger, durability: 'write' } as const
  const root = ephemeralRoot(systemRandom)
  const sealed = { folder, store: 'sqlite', rootId: root.id, providers: [root] } as const
  const first = await openEngine(sealed, { ...common, use: 'create' })
  const changes = new Changeset()
  const wanted = { accountId: ACCOUNT, userName: 'ann', nowMs: clock.now() }
  const { accessKeyId } = await addAdministrator(wanted, first, changes)
  await first.records.commit(changes)
  const key = await first.directory.accessKey(accessKeyId)
  assert(key)
  const { principalId } = key.value
  const session = { issuedMs: clock.now(), expiresMs: clock.now() + 60_000, tags: [], transitiveTagKeys: [] }
  const { SecretAccessKey, ...rest } = await issueSession(
    { kind: 'user', principalId, accountId: ACCOUNT, ...session },
    [],
    first,
  )
  const credentials = { ...rest, SecretAccessKey: Buffer.from(SecretAccessKey.reveal()).toString() }
  await first.close()

  const second = await openEngine(sealed, { ...common, use: 'change' })
  t.after(async () => {
    await second.close()
    await rm(parent, { recursive: true, force: true })
  })
  const caller = await whoSigns({ services: servicesOf(second, { enforcement: 'on' }), clock }, credentials)
  assert.equal(caller.principal.principalId, principalId)
})

const CLAIMS: SessionClaims = {
  kind: 'role',
  principalId: 'AROAEXAMPLE',
  accountId: ACCOUNT,
  sessionName: 'one',
  issuedMs: 1,
  expiresMs: 2,
  tags: [{ TagKey: 'team', TagValue: 'réd' }],
  transitiveTagKeys: [],
}

test('property: no token opens with one bit changed, nor beside another access key', async (t) => {
  const hierarchy = await (await sharedDatabase(t)).open()
  const token = await sealSession('ASIAEXAMPLE', CLAIMS, Secret.of(Buffer.from('secret')), hierarchy)
  const opened = await openSession('ASIAEXAMPLE', token, hierarchy)
  assert.deepEqual(opened?.claims, CLAIMS)
  assert.equal(Buffer.from(opened.secretAccessKey.reveal()).toString(), 'secret')

  const bits = fc.integer({ min: 0, max: token.length * 8 - 1 })
  const inText = fc.asyncProperty(bits, async (bit) => {
    const bytes = Buffer.from(token, 'latin1')
    bytes[bit >> 3] = bytes[bit >> 3]! ^ (1 << (bit & 7))
    assert.equal(await openSession('ASIAEXAMPLE', bytes.toString('latin1'), hierarchy), undefined)
  })
  await fc.assert(inText, { numRuns: 500 })

  const raw = Buffer.from(token, 'base64')
  const inBytes = fc.asyncProperty(fc.integer({ min: 0, max: raw.length * 8 - 1 }), async (bit) => {
    const bytes = Buffer.from(raw)
    bytes[bit >> 3] = bytes[bit >> 3]! ^ (1 << (bit & 7))
    assert.equal(await openSession('ASIAEXAMPLE', bytes.toString('base64'), hierarchy), undefined)
  })
  await fc.assert(inBytes, { numRuns: 500 })

  const accessKeyId = fc.string({ minLength: 1 }).filter((id) => id !== 'ASIAEXAMPLE')
  const beside = fc.asyncProperty(accessKeyId, async (id) => {
    assert.equal(await openSession(id, token, hierarchy), undefined)
  })
  await fc.assert(beside)
})

test('a token has one spelling: the bits that base64 leaves unused are not free', async (t) => {
  const hierarchy = await (await sharedDatabase(t)).open()
  const tokens = ['', 'a', 'bb'].map(async (more) => {
    const claims = { ...CLAIMS, sessionName: `one${more}` }
    return sealSession('ASIAEXAMPLE', claims, Secret.of(Buffer.from('secret')), hierarchy)
  })
  const padded = (await Promise.all(tokens)).find((token) => token.endsWith('='))
  assert(padded)
  const last = padded.replaceAll('=', '').length - 1
  const neighbour = ALPHABET[ALPHABET.indexOf(padded[last]!) ^ 1]
  for (const other of [padded.slice(0, last) + neighbour + padded.slice(last + 1), padded.replaceAll('=', '')]) {
    assert.deepEqual(Buffer.from(other, 'base64'), Buffer.from(padded, 'base64'))
    assert.equal(await openSession('ASIAEXAMPLE', other, hierarchy), undefined)
  }
  assert(await openSession('ASIAEXAMPLE', padded, hierarchy))
})

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
