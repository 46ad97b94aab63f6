/** What every request carries: the access key and session token that signed it, and requests that services forward. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { SERVICES, type ServiceName, signRequest } from '@keyhold/protocol'
import { sha256 } from '../../../src/crypto/sha256.ts'
import { signingHash } from '../../../src/crypto/hmac.ts'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { addService } from '../../support/identities.ts'
import { ACCOUNT, REGION } from '../../support/service.ts'
import { type Signing, type Temporary, trust, whoSigns } from '../../support/sessions.ts'
import { SubstitutionWorld } from './world.ts'

const UNKNOWN = 'UnrecognizedClientException'
const HOUR_MS = 3_600_000

let world: SubstitutionWorld
/** Credentials that are not what they were, or not all of one piece, and how they are refused. */
const substitutes: [substitute: string, credentials: Signing, code: string][] = []
const right: Signing[] = []
let longTerm: Signing

before(async () => {
  world = await SubstitutionWorld.open()
  const expired = await sessionOf(await newRole())
  world.service.clock.advance(2 * HOUR_MS)
  const [own, others, inactive, deleted] = [await newKey(), await newKey(), await newKey(), await newKey()]
  await world.service.iam('UpdateAccessKey', { ...named(inactive), Status: 'Inactive' })
  await world.service.iam('DeleteAccessKey', named(deleted))
  const [session, other] = [await sessionOf(await newRole()), await sessionOf(await newRole())]
  const gone = await newRole()
  const ofGone = await sessionOf(gone)
  await world.service.iam('DeleteRole', { RoleName: gone })
  const again = await newRole()
  const ofFormer = await sessionOf(again)
  await world.service.iam('DeleteRole', { RoleName: again })
  await newRole(again)
  const { AccessKeyId, SecretAccessKey, SessionToken } = session
  longTerm = own
  right.push(own, session)
  substitutes.push(
    [
      "another user's access key id with the caller's secret",
      { ...own, AccessKeyId: others.AccessKeyId },
      'InvalidSignatureException',
    ],
    ['an access key that is inactive', inactive, UNKNOWN],
    ['an access key that is deleted', deleted, UNKNOWN],
    ["another session's token", { AccessKeyId, SecretAccessKey, SessionToken: other.SessionToken }, UNKNOWN],
    ["another session's access key id", { ...session, AccessKeyId: other.AccessKeyId }, UNKNOWN],
    [
      "another session's id and token with the caller's secret",
      { ...other, SecretAccessKey },
      'InvalidSignatureException',
    ],
    ["a user's access key with a session's token", { ...own, SessionToken }, UNKNOWN],
    ["a session's access key without its token", { AccessKeyId, SecretAccessKey }, UNKNOWN],
    ['a grant token for the session token', { ...session, SessionToken: await grantToken() }, UNKNOWN],
    ['a session that has expired', expired, 'ExpiredTokenException'],
    ['a session of a deleted role', ofGone, UNKNOWN],
    ['a session of a role that was deleted and made again', ofFormer, UNKNOWN],
  )
})
after(() => world[Symbol.asyncDispose]())

for (const service of Object.keys(SERVICES) as ServiceName[]) {
  test(`${service} takes no credentials that belong to something else`, async () => {
    for (const [substitute, credentials, code] of substitutes) {
      assert.equal(await refusal(whoSigns(world.service, credentials, service)), code, substitute)
    }
    for (const credentials of right) await whoSigns(world.service, credentials, service)
  })
}

test('a service forwards nothing that was not signed for it, or no longer', async () => {
  const backup = await addService(world.service, 'backup.example.internal')
  const [inactive, deleted] = [await newKey(), await newKey()]
  const signed = [asked(inactive, 'backup'), asked(deleted, 'backup')]
  await world.service.iam('UpdateAccessKey', { ...named(inactive), Status: 'Inactive' })
  await world.service.iam('DeleteAccessKey', named(deleted))
  const old = asked(longTerm, 'backup')
  const good = await forward(backup, old)
  assert.equal(good.status, 200, JSON.stringify(good.body))
  const through = await whoSigns(world.service, good.body['Credentials'] as Temporary)
  world.service.clock.advance(6 * 60_000)
  const { PayloadHash, ...rest } = asked(longTerm, 'backup')
  const other = asked({ ...longTerm, AccessKeyId: inactive.AccessKeyId }, 'backup')
  const cells: [string, Caller, object][] = [
    ['signed for another service', backup, asked(longTerm, 'archive')],
    ['signed for KMS', backup, asked(longTerm, 'kms')],
    ['signed with an inactive key', backup, signed[0] ?? {}],
    ['signed with a deleted key', backup, signed[1] ?? {}],
    ["signed under another's access key id", backup, other],
    ['signed too long ago', backup, old],
    ['signed for another body', backup, { ...rest, PayloadHash: sha256(`${String(PayloadHash)}x`) }],
    ['signed for another path', backup, { ...rest, PayloadHash, Path: '/vaults/2' }],
    ['forwarded by a user', world.admin, asked(longTerm, 'backup')],
    ['forwarded by what was got by forwarding', through, asked(longTerm, 'backup')],
  ]
  for (const [substitute, by, request] of cells) {
    assert.equal((await forward(by, request)).status, 400, substitute)
  }
  assert.equal((await forward(backup, asked(longTerm, 'backup'))).status, 200)
})

async function newKey(): Promise<Signing & { UserName: string }> {
  const UserName = world.fresh('signer')
  await world.service.iam('CreateUser', { UserName })
  const { AccessKey } = await world.service.iam<{ AccessKey: Signing }>('CreateAccessKey', { UserName })
  const { AccessKeyId, SecretAccessKey } = AccessKey
  return { UserName, AccessKeyId, SecretAccessKey }
}

function named({ UserName, AccessKeyId }: Signing & { UserName: string }): object {
  return { UserName, AccessKeyId }
}

async function newRole(RoleName = world.fresh('night')): Promise<string> {
  await world.service.iam('CreateRole', { RoleName, AssumeRolePolicyDocument: trust({ AWS: ACCOUNT }) })
  return RoleName
}

async function sessionOf(RoleName: string): Promise<Signing> {
  const input = { RoleArn: `arn:aws:iam::${ACCOUNT}:role/${RoleName}`, RoleSessionName: 'one' }
  return (await world.service.sts<{ Credentials: Temporary }>('AssumeRole', input, world.admin)).Credentials
}

async function grantToken(): Promise<string> {
  const { keyId } = await world.service.createKey({}, world.admin)
  const wanted = { KeyId: keyId, GranteePrincipal: ACCOUNT, Operations: ['DescribeKey'] }
  return (await world.service.ok('CreateGrant', wanted, world.admin))['GrantToken'] ?? ''
}

async function refusal(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt
    return 'accepted'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

/** A request that a user signed for a service. */
function asked({ AccessKeyId, SecretAccessKey }: Signing, signingName: string): Record<string, unknown> {
  const url = new URL(`https://${signingName}.example/vaults/1`)
  const body = Buffer.from('{"do":"back up"}')
  const scope = { region: REGION, service: signingName, time: new Date(world.service.clock.now()) }
  const keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey }
  const Headers = signRequest({ method: 'PUT', url, headers: {}, body }, keys, scope, signingHash)
  return { Method: 'PUT', Path: '/vaults/1', Headers, PayloadHash: sha256(body) }
}

function forward(by: Caller, Request: object) {
  return world.service.send('Keyhold.CreateForwardedSession', JSON.stringify({ Request }), {
    ...by,
    service: 'keyhold',
  })
}
