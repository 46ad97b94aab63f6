import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { type CloudTrailEvent, toCloudTrail } from '../../../src/audit/cloudtrail.ts'
import { readRecords } from '../../../src/audit/read-records.ts'
import { rsaKey } from '../../identity/authentication/web-identity/fixture.ts'
import { formBody } from '../../support/query.ts'
import { ACCOUNT, rootOf, TestService } from '../../support/service.ts'
import { policyOf, type Temporary, trust, whoSigns } from '../../support/sessions.ts'
import { fixture, FORM, ISSUER, PROVIDER, PROVIDER_ARN, ROLE, SUBJECT, trusting } from './web-identity-fixture.ts'

const STRANGER = rsaKey()
const DENIED = 'AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity'

test('a trusted subject gets a session without having signed anything', async (t) => {
  const { service, assume } = await fixture(t)
  const { status, body } = await assume()
  assert.equal(status, 200, JSON.stringify(body))
  assert.equal(body['SubjectFromWebIdentityToken'], SUBJECT)
  assert.equal(body['Audience'], 'sts')
  assert.equal(body['Provider'], PROVIDER_ARN)
  assert.equal('PackedPolicySize' in body, false, 'no policy and no tag was passed')
  assert.equal(
    (body['AssumedRoleUser'] as Record<string, string>)['Arn'],
    `arn:aws:sts::${ACCOUNT}:assumed-role/pods/pod-1`,
  )
  const caller = await whoSigns(service, body['Credentials'] as Temporary)
  const PolicyDocument = policyOf('kms:ListKeys', {
    StringEquals: { [`${PROVIDER}:sub`]: SUBJECT, 'aws:FederatedProvider': PROVIDER_ARN },
  })
  await service.iam('PutRolePolicy', { RoleName: 'pods', PolicyName: 'p', PolicyDocument })
  await service.ok('ListKeys', {}, caller)
})

test('a provider that is made again is the same: trust policies name an issuer, and the operator says who that is', async (t) => {
  const { service, assume } = await fixture(t)
  await service.iam('DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn: PROVIDER_ARN })
  assert.notEqual((await assume()).status, 200)
  await service.iam('CreateOpenIDConnectProvider', { Url: ISSUER, ClientIDList: ['sts'] })
  assert.equal((await assume()).status, 200)
})

test('all other subjects of the issuer are denied, and do not learn which roles exist', async (t) => {
  const { service, assume, token } = await fixture(t)
  assert.equal((await assume({ WebIdentityToken: token({ sub: 'system:serviceaccount:apps:api' }) })).error, DENIED)
  assert.equal((await assume({ RoleArn: `${ROLE}x` })).error, DENIED)
  await service.iam('CreateRole', {
    RoleName: 'users',
    AssumeRolePolicyDocument: trust({ AWS: '*' }, 'sts:AssumeRole'),
  })
  assert.equal((await assume({ RoleArn: ROLE.replace('pods', 'users') })).error, DENIED)
  await service.iam('UpdateAssumeRolePolicy', {
    RoleName: 'pods',
    PolicyDocument: trusting(SUBJECT, { 'sts:RoleSessionName': 'other' }),
  })
  assert.equal((await assume()).error, DENIED)
})

test('a token counts only in accounts that have its issuer as a provider, for an audience of that', async (t) => {
  const { service, assume, token } = await fixture(t)
  const elsewhere = await assume({ RoleArn: 'arn:aws:iam::444455556666:role/pods' })
  assert.equal(elsewhere.error, `InvalidIdentityToken: No OpenIDConnect provider found in your account for ${ISSUER}`)
  const OpenIDConnectProviderArn = PROVIDER_ARN
  const other = token({ aud: 'other' })
  assert.equal((await assume({ WebIdentityToken: other })).error, 'InvalidIdentityToken: Incorrect token audience')
  await service.iam('AddClientIDToOpenIDConnectProvider', { OpenIDConnectProviderArn, ClientID: 'other' })
  assert.equal((await assume({ WebIdentityToken: other })).status, 200)
  await service.iam('DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn })
  assert.match((await assume()).error, /^InvalidIdentityToken: No OpenIDConnect provider/)
})

test('policies see only those audiences of a token that the provider has', async (t) => {
  const { service, assume, token } = await fixture(t)
  const condition = {
    StringEquals: { [`${PROVIDER}:sub`]: SUBJECT },
    'ForAnyValue:StringEquals': { [`${PROVIDER}:aud`]: 'other' },
  }
  const PolicyDocument = trust({ Federated: PROVIDER_ARN }, 'sts:AssumeRoleWithWebIdentity', condition)
  await service.iam('UpdateAssumeRolePolicy', { RoleName: 'pods', PolicyDocument })
  const both = { WebIdentityToken: token({ aud: ['sts', 'other'] }) }
  assert.equal((await assume(both)).error, DENIED)
  const more = { OpenIDConnectProviderArn: PROVIDER_ARN, ClientID: 'other' }
  await service.iam('AddClientIDToOpenIDConnectProvider', more)
  assert.equal((await assume(both)).status, 200)
})

test('tokens that prove nothing are refused as STS refuses them', async (t) => {
  const { service, assume, token } = await fixture(t)
  assert.match((await assume({ WebIdentityToken: token({}, STRANGER) })).error, /^InvalidIdentityToken: .*signature/)
  assert.match((await assume({ WebIdentityToken: 'not a token' })).error, /^InvalidIdentityToken/)
  assert.match(
    (await assume({ WebIdentityToken: token({ iss: 'https://other.test' }) })).error,
    /^InvalidIdentityToken/,
  )
  const old = token()
  service.clock.advance(600_000)
  assert.match((await assume({ WebIdentityToken: old })).error, /^ExpiredTokenException/)
})

test('duration and session policy are those of AssumeRole', async (t) => {
  const { service, assume } = await fixture(t)
  assert.match((await assume({ DurationSeconds: 3601 })).error, /^ValidationError: .*MaxSessionDuration/)
  await service.iam('PutRolePolicy', { RoleName: 'pods', PolicyName: 'p', PolicyDocument: policyOf('kms:*') })
  const { body } = await assume({ Policy: policyOf('kms:ListAliases') })
  const caller = await whoSigns(service, body['Credentials'] as Temporary)
  assert.match(await service.fault('ListKeys', {}, caller), /no session policy allows/)
  assert.match((await assume({ ProviderId: 'www.example.com' })).error, /^InvalidIdentityToken/)
})

test('nothing else comes in without a signature', async (t) => {
  const { send, token } = await fixture(t)
  const input = { RoleArn: ROLE, RoleSessionName: 'pod-1', WebIdentityToken: token() }
  const body = formBody('AssumeRoleWithWebIdentity', '2011-06-15', input)
  assert.equal((await send(body)).status, 200)
  const missing = /^MissingAuthenticationToken/
  for (const action of ['AssumeRole', 'GetSessionToken', 'GetCallerIdentity']) {
    assert.match((await send(formBody(action, '2011-06-15', input))).error, missing)
  }
  assert.match((await send(formBody('ListUsers', '2010-05-08', {}))).error, missing)
  assert.match((await send(formBody('AssumeRoleWithWebIdentity', '2010-05-08', input))).error, missing)
  assert.match((await send('Action=%')).error, missing)
  assert.match((await send(body, { 'Content-Type': FORM, Authorization: 'Bearer x' })).error, missing)
  assert.match((await send(body, { 'Content-Type': FORM, authorization: '' })).error, missing)
  assert.match((await send(`${body}&Unknown=${'x'.repeat(96 * 1024)}`)).error, missing)
  const json = await send(body, { 'Content-Type': FORM, 'X-Amz-Target': 'TrentService.ListKeys' })
  assert.equal(json.status, 400)
})

test('AssumeRoleWithSAML is refused by name, and not for want of a signature', async (t) => {
  const { send } = await fixture(t)
  const input = { RoleArn: ROLE, PrincipalArn: 'arn:aws:iam::111122223333:saml-provider/p', SAMLAssertion: 'PHNhbWw+' }
  const form = formBody('AssumeRoleWithSAML', '2011-06-15', input)
  for (const { status, error } of [await send(form), await send('', {}, form)]) {
    assert.equal(status, 400)
    assert.match(error, /^UnsupportedOperation: AssumeRoleWithSAML is not supported/)
  }
})

test('a token may be shown by GET, as AWS’s example does, but not beside a signature', async (t) => {
  const { send, token } = await fixture(t)
  const input = { RoleArn: ROLE, RoleSessionName: 'pod-1', WebIdentityToken: token() }
  const query = formBody('AssumeRoleWithWebIdentity', '2011-06-15', input)
  assert.equal((await send('', {}, query)).status, 200)
  const [asked = '', ...shown] = query.split('&')
  assert.equal((await send(shown.join('&'), {}, asked)).status, 200)
  for (const more of ['X-Amz-Signature=a', 'x-amz-date']) {
    assert.match((await send('', {}, `${query}&${more}`)).error, /^MissingAuthenticationToken/)
  }
  assert.match((await send('', {}, `${query}&RoleSessionName=b`)).error, /^MalformedQueryString/)
})

test('what kind of content an unsigned header names decides nothing', async (t) => {
  const { send, token } = await fixture(t)
  const input = { RoleArn: ROLE, RoleSessionName: 'pod-1', WebIdentityToken: token() }
  const body = formBody('AssumeRoleWithWebIdentity', '2011-06-15', input)
  const unusual: Record<string, string>[] = [{ 'Content-Type': 'application/x-amz-json-1.1' }, {}]
  for (const headers of unusual) {
    assert.equal((await send(body, headers)).status, 200)
    assert.match((await send(formBody('ListUsers', '2010-05-08', {}), headers)).error, /^MissingAuthenticationToken/)
  }
})

test('a signed request brings no identity that was verified, whatever a trust policy allows its signer', async (t) => {
  const { service, token } = await fixture(t)
  const ann = await service.user('ann')
  const PolicyDocument = trust({ AWS: ann.principal.arn }, 'sts:AssumeRoleWithWebIdentity')
  await service.iam('UpdateAssumeRolePolicy', { RoleName: 'pods', PolicyDocument })
  const input = { RoleArn: ROLE, RoleSessionName: 'pod-1', WebIdentityToken: token() }
  assert.equal(await service.stsFault('AssumeRoleWithWebIdentity', input, ann), DENIED)
  await using open = await TestService.open('off')
  await open.iam('CreateRole', { RoleName: 'pods', AssumeRolePolicyDocument: trust({ AWS: ACCOUNT }) })
  assert.equal(await open.stsFault('AssumeRoleWithWebIdentity', input, rootOf(ACCOUNT)), DENIED)
})

test('a web identity is recorded with the token that proves it; failures are only counted', async (t) => {
  const { service, assume, token } = await fixture(t)
  await assume()
  for (let attempt = 0; attempt < 5; attempt++)
    await assume({ WebIdentityToken: token({ sub: `stranger-${attempt}` }) })
  const { events, unauthenticated } = await recorded(service)
  const [event, ...others] = events.filter(({ eventName }) => eventName === 'AssumeRoleWithWebIdentity')
  assert.deepEqual(others, [])
  assert.deepEqual(event?.['userIdentity'], {
    type: 'WebIdentityUser',
    principalId: `${PROVIDER_ARN}:sts:${SUBJECT}`,
    userName: SUBJECT,
    identityProvider: PROVIDER_ARN,
  })
  assert.equal(event?.['errorCode'], undefined)
  assert.doesNotMatch(JSON.stringify(event), /"webIdentityToken"|secretAccessKey|sessionToken|eyJ/i)
  assert.deepEqual(event?.['resources'], [{ accountId: ACCOUNT, type: 'AWS::IAM::Role', ARN: ROLE }])
  assert.equal(unauthenticated.length, 1, JSON.stringify(unauthenticated))
})

/** The events in the audit log, and the failures of strangers that it has a line for. */
async function recorded(service: TestService): Promise<{ events: CloudTrailEvent[]; unauthenticated: object[] }> {
  const folder = join(service.folder, 'audit')
  const events: CloudTrailEvent[] = []
  for await (const record of readRecords(folder)) events.push(toCloudTrail(record))
  const unauthenticated: object[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const text = entry.isFile() ? await readFile(join(entry.parentPath, entry.name), 'utf8') : ''
    for (const line of text.split('\n'))
      if (line.startsWith('{"unauthenticated"')) unauthenticated.push(JSON.parse(line) as object)
  }
  return { events, unauthenticated }
}
