import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ACCOUNT, TestService } from '../../../support/service.ts'
import { arnOf } from '../support.ts'

async function report(service: TestService): Promise<Record<string, string>[]> {
  const { State } = await service.iam('GenerateCredentialReport', {})
  assert.equal(State, 'COMPLETE')
  const { Content = '', ReportFormat } = await service.iam('GetCredentialReport', {})
  assert.equal(ReportFormat, 'text/csv')
  const [head = [], ...rows] = Buffer.from(Content, 'base64').toString().split('\n').map(fieldsOf)
  return rows.map((row) => {
    assert.equal(row.length, head.length)
    return Object.fromEntries(head.map((column, index) => [column, row[index] ?? '']))
  })
}

/** RFC 4180, for a line. */
function fieldsOf(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,"]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  )
}

test('the report has a row for the root and one for each user, with the state and last use of the keys', async () => {
  await using service = await TestService.open('on')
  const created = service.clock.now()
  await service.iam('CreateUser', { UserName: 'Ann,B', Path: '/a"b/' })
  await service.iam('CreateUser', { UserName: 'bob' })
  const { AccessKey } = await service.iam<{ AccessKey: { AccessKeyId: string } }>('CreateAccessKey', {
    UserName: 'bob',
  })
  const { AccessKeyId } = AccessKey
  service.clock.advance(60_000)
  await service.iam('CreateAccessKey', { UserName: 'bob' })
  await service.iam('UpdateAccessKey', { UserName: 'bob', AccessKeyId, Status: 'Inactive' })
  const [root, ann, bob, ...others] = await report(service)
  assert.deepEqual(others, [])
  assert.deepEqual(
    [root?.['user'], root?.['arn'], root?.['password_enabled'], root?.['access_key_1_active']],
    ['<root_account>', `arn:aws:iam::${ACCOUNT}:root`, 'not_supported', 'false'],
  )
  assert.deepEqual([ann?.['user'], ann?.['arn']], ['Ann,B', arnOf('user/a"b/Ann,B')])
  assert.deepEqual(
    [ann?.['password_enabled'], ann?.['mfa_active'], ann?.['cert_1_active']],
    ['false', 'false', 'false'],
  )
  assert.deepEqual([ann?.['access_key_1_active'], ann?.['access_key_1_last_rotated']], ['false', 'N/A'])
  const time = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}+00:00`
  assert.equal(bob?.['user_creation_time'], time(created))
  assert.deepEqual([bob['access_key_1_active'], bob['access_key_1_last_rotated']], ['false', time(created)])
  assert.deepEqual([bob['access_key_2_active'], bob['access_key_2_last_rotated']], ['true', time(created + 60_000)])
  assert.equal(bob['access_key_2_last_used_date'], 'N/A')
})

test('the report is for those who may read it', async () => {
  await using service = await TestService.open('on')
  const ann = await service.user('ann')
  for (const operation of ['GenerateCredentialReport', 'GetCredentialReport'] as const) {
    assert.match(await service.iamFault(operation, {}, ann), new RegExp(`^AccessDenied: .*iam:${operation}`))
  }
})
