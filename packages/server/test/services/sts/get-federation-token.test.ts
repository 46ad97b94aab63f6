import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { canI } from '../../../src/admin/access/can-i.ts'
import { explainRequest } from '../../../src/admin/access/explain-request.ts'
import { replay } from '../../../src/admin/access/replay.ts'
import { whoCan } from '../../../src/admin/access/who-can.ts'
import { readRecords } from '../../../src/audit/read-records.ts'
import { toCloudTrail } from '../../../src/audit/cloudtrail.ts'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { dataPaths } from '../../../src/vault/storage/data-folder.ts'
import { contextOf } from '../../admin/access/support/access.ts'
import { addService, policyOf as documentOf } from '../../support/identities.ts'
import { ACCOUNT, OTHER_ACCOUNT, rootOf, TestService } from '../../support/service.ts'
import { policyOf, type Temporary, whoSigns } from '../../support/sessions.ts'

interface Answer {
  Credentials: Temporary
  FederatedUser: { FederatedUserId: string; Arn: string }
  PackedPolicySize?: string
}

const GUEST = `arn:aws:sts::${ACCOUNT}:federated-user/guest`

let service: TestService
let ann: Caller
before(async () => {
  service = await TestService.open('on')
  ann = await service.user('ann')
  const PolicyDocument = policyOf(['sts:*', 'kms:*', 'iam:*'])
  await service.iam('PutUserPolicy', { UserName: 'ann', PolicyName: 'p', PolicyDocument })
})
after(() => service[Symbol.asyncDispose]())

const federate = (input: object = {}, caller = ann): Promise<Answer> =>
  service.sts<Answer>('GetFederationToken', { Name: 'guest', ...input }, caller)
const session = async (input: object = {}): Promise<Caller> => whoSigns(service, (await federate(input)).Credentials)

test('a federated user may what the user may and a session policy allows', async () => {
  const { Credentials, FederatedUser, PackedPolicySize } = await federate({ Policy: policyOf('kms:ListKeys') })
  assert.deepEqual(FederatedUser, { FederatedUserId: `${ACCOUNT}:guest`, Arn: GUEST })
  assert.equal(Date.parse(Credentials.Expiration), service.clock.now() + 12 * 3_600_000)
  assert.ok(Number(PackedPolicySize) > 0)
  const guest = await whoSigns(service, Credentials)
  await service.ok('ListKeys', {}, guest)
  assert.match(await service.fault('ListAliases', {}, guest), /no session policy allows the kms:ListAliases action/)
  const { UserId, Arn, Account } = await service.sts('GetCallerIdentity', {}, guest)
  assert.deepEqual([UserId, Arn, Account], [`${ACCOUNT}:guest`, GUEST, ACCOUNT])
  await service.iam('PutUserPolicy', {
    UserName: 'ann',
    PolicyName: 'no',
    PolicyDocument: policyOf('kms:ListKeys', undefined, 'Deny'),
  })
  assert.match(await service.fault('ListKeys', {}, guest), /explicit deny in an identity-based policy/)
  await service.iam('DeleteUserPolicy', { UserName: 'ann', PolicyName: 'no' })
})

test('managed session policies count alike', async () => {
  const guest = await session({ PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/IAMReadOnlyAccess' }] })
  assert.match(await service.fault('ListKeys', {}, guest), /no session policy allows/)
})

test('without session policies there are no permissions, but for what a key policy gives the name itself', async () => {
  const { Credentials, ...rest } = await federate()
  assert.equal('PackedPolicySize' in rest, false)
  const guest = await whoSigns(service, Credentials)
  assert.match(await service.fault('ListKeys', {}, guest), /no session policy allows/)
  const statement = (AWS: string) => ({ Effect: 'Allow', Principal: { AWS }, Action: 'kms:*', Resource: '*' })
  const named = { ...statement(GUEST), Action: 'kms:DescribeKey' }
  const { keyId: KeyId } = await service.createKey({ Policy: documentOf(statement(ACCOUNT), named) }, ann)
  await service.ok('DescribeKey', { KeyId }, guest)
  assert.match(await service.fault('EnableKey', { KeyId }, guest), /^AccessDenied/)
  // Whichever user called under the name; of another account it is another name.
  const { Policy } = await service.ok('GetKeyPolicy', { KeyId }, ann)
  assert.ok(Policy?.includes(GUEST))
  const other = await whoSigns(service, (await federate({ Name: 'guests' })).Credentials)
  assert.match(await service.fault('DescribeKey', { KeyId }, other), /^AccessDenied/)
  // Of an unknown user: of a known one, each request finds the account again.
  const { identityId: _, ...outsider } = guest
  const elsewhere = { ...guest.principal, accountId: OTHER_ACCOUNT, arn: GUEST.replace(ACCOUNT, OTHER_ACCOUNT) }
  assert.match(
    await service.fault('DescribeKey', { KeyId }, { ...outsider, principal: elsewhere }),
    /^(AccessDenied|NotFound)/,
  )
  const strange = documentOf(statement(ACCOUNT), statement(GUEST.replace(ACCOUNT, '999999999999')))
  assert.match(await service.fault('CreateKey', { Policy: strange }, ann), /^MalformedPolicyDocument/)
})

test('what a key policy allows * is no exception', async () => {
  const account = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' }
  const toAll = { Effect: 'Allow', Action: 'kms:DescribeKey', Resource: '*' }
  for (const Principal of ['*', { AWS: '*' }]) {
    const { keyId: KeyId } = await service.createKey({ Policy: documentOf(account, { ...toAll, Principal }) }, ann)
    assert.match(await service.fault('DescribeKey', { KeyId }, await session()), /no session policy allows/)
    await service.ok('DescribeKey', { KeyId }, await session({ Policy: policyOf('kms:DescribeKey') }))
  }
})

test('a key policy that names the user gives the session what its session policies allow of it', async () => {
  const statement = { Effect: 'Allow', Principal: { AWS: ann.principal.arn }, Action: 'kms:*', Resource: '*' }
  const { keyId: KeyId } = await service.createKey({ Policy: documentOf(statement) }, ann)
  const guest = await session({ Policy: policyOf('kms:DescribeKey') })
  await service.ok('DescribeKey', { KeyId }, guest)
  assert.match(await service.fault('EnableKey', { KeyId }, guest), /^AccessDenied/)
  const deny = { Effect: 'Deny', Principal: { AWS: ann.principal.arn }, Action: 'kms:DescribeKey', Resource: '*' }
  await service.ok('PutKeyPolicy', { KeyId, Policy: documentOf(statement, deny) }, ann)
  assert.match(await service.fault('DescribeKey', { KeyId }, guest), /^AccessDenied/)
})

test('conditions see the name that was chosen, and no user', async () => {
  const StringEquals = {
    'aws:userid': `${ACCOUNT}:guest`,
    'aws:PrincipalArn': GUEST,
    'aws:PrincipalType': 'FederatedUser',
    'aws:PrincipalTag/team': 'blue',
  }
  const condition = { StringEquals, Null: { 'aws:username': 'true', 'aws:TokenIssueTime': 'false' } }
  const guest = await session({ Policy: policyOf('kms:ListKeys', condition), Tags: [{ Key: 'team', Value: 'blue' }] })
  await service.ok('ListKeys', {}, guest)
  assert.match(
    await service.fault('ListKeys', {}, await session({ Policy: policyOf('kms:ListKeys', condition) })),
    /^Acc/,
  )
})

test('it calls nothing of IAM, and of STS only GetCallerIdentity', async () => {
  const guest = await session({ Policy: policyOf('*') })
  assert.match(await service.iamFault('ListUsers', {}, guest), /^InvalidClientTokenId: The security token included/)
  const RoleArn = `arn:aws:iam::${ACCOUNT}:role/r`
  for (const [operation, input] of [
    ['AssumeRole', { RoleArn, RoleSessionName: 'night' }],
    ['GetSessionToken', {}],
    ['GetFederationToken', { Name: 'again' }],
  ] as const) {
    const fault = await service.stsFault(operation, input, guest)
    assert.equal(fault, `AccessDenied: Cannot call ${operation} with session credentials`)
  }
})

test('only a user who may calls for it, and with tags only who may pass them', async () => {
  const bob = await service.user('bob')
  assert.match(
    await service.stsFault('GetFederationToken', { Name: 'guest' }, bob),
    /^AccessDenied: User: .*user\/bob is not authorized to perform: sts:GetFederationToken on resource: .*federated-user\/guest/,
  )
  const PolicyDocument = policyOf('sts:GetFederationToken')
  await service.iam('PutUserPolicy', { UserName: 'bob', PolicyName: 'p', PolicyDocument })
  await federate({}, bob)
  const Tags = [{ Key: 'team', Value: 'blue' }]
  assert.match(await service.stsFault('GetFederationToken', { Name: 'guest', Tags }, bob), /sts:TagSession/)
  assert.match(await service.stsFault('GetFederationToken', { Name: 'guest' }, rootOf(ACCOUNT)), /^AccessDenied/)
  assert.match(await service.stsFault('GetFederationToken', { Name: 'guest', Policy: '{}' }, bob), /^MalformedPolicy/)
})

test('the session ends with its user', async () => {
  const carl = await service.user('carl')
  await service.iam('PutUserPolicy', { UserName: 'carl', PolicyName: 'p', PolicyDocument: policyOf('sts:*') })
  const { Credentials } = await federate({}, carl)
  await whoSigns(service, Credentials)
  await service.iam('DeleteUserPolicy', { UserName: 'carl', PolicyName: 'p' })
  await service.iam('DeleteUser', { UserName: 'carl' })
  await assert.rejects(whoSigns(service, Credentials), /security token/)
})

test('a service that acts for a federated user has the session with what limits it', async () => {
  const guest = await session({ Policy: policyOf('kms:ListKeys') })
  const backup = { ...(await addService(service, 'backup.amazonaws.com')), service: 'keyhold' }
  const { verifyForwarded } = service.services
  service.services.verifyForwarded = () => Promise.resolve(guest)
  const Request = { Method: 'GET', Path: '/', Headers: { host: 'backup' }, PayloadHash: 'a'.repeat(64) }
  const { body } = await service.send('Keyhold.CreateForwardedSession', JSON.stringify({ Request }), backup)
  service.services.verifyForwarded = verifyForwarded
  const through = await whoSigns(service, body['Credentials'] as Temporary)
  assert.deepEqual(through.principal, guest.principal)
  await service.ok('ListKeys', {}, through)
  assert.match(await service.fault('ListAliases', {}, through), /no session policy allows/)
})

test('records, explanations and replays know the session as the decision did', async () => {
  const guest = await session({ Policy: policyOf('kms:DescribeKey') })
  const { keyId, arn } = await service.createKey({}, ann)
  await service.ok('DescribeKey', { KeyId: keyId }, guest)
  assert.match(await service.fault('EnableKey', { KeyId: keyId }, guest), /no session policy/)
  const context = contextOf(service)
  const records = (await Array.fromAsync(readRecords(dataPaths(service.folder).audit))).slice(-2)
  const [allowed, denied] = records
  assert.ok(allowed && denied)
  const { userIdentity } = toCloudTrail(allowed)
  assert.deepEqual(userIdentity, {
    type: 'FederatedUser',
    principalId: `${ACCOUNT}:guest`,
    arn: GUEST,
    accountId: ACCOUNT,
    accessKeyId: guest.accessKeyId,
    sessionContext: {
      sessionIssuer: {
        type: 'IAMUser',
        arn: ann.principal.arn,
        principalId: ann.principal.principalId,
        accountId: ACCOUNT,
        userName: 'ann',
      },
      attributes: { creationDate: '2026-01-01T00:00:00Z', mfaAuthenticated: 'false' },
    },
  })
  const why = await explainRequest(denied.requestId, context)
  assert.equal(why.now?.decision.reason, 'no-session-allow')
  assert.equal((await explainRequest(allowed.requestId, context)).now?.decision.allowed, true)
  const Policy = documentOf({ Effect: 'Allow', Principal: { AWS: GUEST }, Action: 'kms:*', Resource: '*' })
  const span = { sinceMs: 0, untilMs: Date.UTC(2030) }
  const report = await replay({ key: arn, policy: Policy, ...span }, context)
  assert.deepEqual(
    report.allows.map(({ action }) => action),
    ['kms:EnableKey'],
  )
})

test('to a session without session policies explain proposes the first one', async () => {
  const { keyId } = await service.createKey({}, ann)
  assert.match(await service.fault('DescribeKey', { KeyId: keyId }, await session()), /no session policy/)
  const context = contextOf(service)
  const denied = (await Array.fromAsync(readRecords(dataPaths(service.folder).audit))).at(-1)
  const { calls } = await explainRequest(denied?.requestId ?? '', context)
  const [call, ...more] = calls
  assert.deepEqual(more, [])
  assert.match(JSON.stringify(call), /Create the next session with this as a session policy:.*kms:DescribeKey/)
})

test('can-i and who-can know a name that a key policy has', async () => {
  const statement = { Effect: 'Allow', Principal: { AWS: GUEST }, Action: 'kms:DescribeKey', Resource: '*' }
  const account = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:*', Resource: '*' }
  const { arn } = await service.createKey({ Policy: documentOf(account, statement) }, ann)
  const question = (action: string) => ({ key: arn, action })
  assert.equal((await canI(question('DescribeKey'), GUEST, service.services)).allowed, true)
  assert.equal((await canI(question('EnableKey'), GUEST, service.services)).allowed, false)
  const names: string[] = []
  for await (const { principal } of whoCan(question('DescribeKey'), service.services)) names.push(principal)
  assert.ok(names.includes(GUEST), names.join(', '))
})
