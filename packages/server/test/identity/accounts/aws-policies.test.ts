import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Statement } from '../../../src/domain/policy/language/document.ts'
import { parsePolicy } from '../../../src/domain/policy/language/parse.ts'
import { awsManagedPolicies, awsManagedPolicy, hasPublishedId } from '../../../src/identity/accounts/aws-policies.ts'

const ofAws = (pathAndName: string): ReturnType<typeof awsManagedPolicy> =>
  awsManagedPolicy(`arn:aws:iam::aws:policy/${pathAndName}`)

test("each of AWS's policies has the form of a managed policy, and every statement is understood", () => {
  const names = new Set<string>()
  const ids = new Set<string>()
  for (const { arn, name, path, policyId, versionId, createdMs, updatedMs, text } of awsManagedPolicies()) {
    assert.equal(arn, `arn:aws:iam::aws:policy${path}${name}`)
    assert.match(path, /^\/((service-role|aws-service-role|job-function|root-task)\/)?$/)
    assert.match(policyId, /^ANPA[A-Z2-7]{17}$/)
    assert.match(versionId, /^v[1-9]\d*$/)
    assert.ok(Date.UTC(2015, 0) < createdMs && createdMs <= updatedMs && updatedMs < Date.UTC(2027, 0), arn)
    const { policy, fault } = parsePolicy(text, 'identity')
    assert.equal(fault, undefined, arn)
    assert.equal(policy?.version, '2012-10-17', arn)
    names.add(name.toLowerCase())
    ids.add(policyId)
  }
  assert.deepEqual([names.size, ids.size], [awsManagedPolicies().length, awsManagedPolicies().length])
  assert.ok(names.size > 1500)
})

test('those that matter most to a KMS have the ids, versions and dates that AWS publishes', () => {
  const facts = [
    ['AdministratorAccess', 'ANPAIWMBCKSKIEE64ZLYK', 'v1', '2015-02-06T18:39:46Z', '2015-02-06T18:39:46Z'],
    ['PowerUserAccess', 'ANPAJYRXTHIB4FOVS3ZXS', 'v12', '2015-02-06T18:39:47Z', '2026-02-12T17:59:14Z'],
    ['ReadOnlyAccess', 'ANPAILL3HVNFSB6DCOWYQ', 'v188', '2015-02-06T18:39:48Z', '2026-07-21T18:42:30Z'],
    ['SecurityAudit', 'ANPAIX2T3QCXHR2OGGCTO', 'v92', '2015-02-06T18:41:01Z', '2026-08-17T15:27:26Z'],
    ['job-function/ViewOnlyAccess', 'ANPAID22R6XPJATWOFDK6', 'v45', '2016-11-10T17:20:15Z', '2026-04-22T18:12:21Z'],
    [
      'service-role/AWSLambdaBasicExecutionRole',
      'ANPAJNCQGXC42545SKXIK',
      'v1',
      '2015-04-09T15:03:43Z',
      '2015-04-09T15:03:43Z',
    ],
    ['IAMFullAccess', 'ANPAI7XKCFMBPM3QQRRVQ', 'v2', '2015-02-06T18:40:38Z', '2019-06-21T19:40:00Z'],
    ['IAMReadOnlyAccess', 'ANPAJKSO7NDY4T57MWDSQ', 'v4', '2015-02-06T18:40:39Z', '2018-01-25T19:11:27Z'],
    ['AWSKeyManagementServicePowerUser', 'ANPAJNPP7PPPPMJRV2SA4', 'v2', '2015-02-06T18:40:40Z', '2017-03-07T00:55:11Z'],
  ] as const
  for (const [name, policyId, versionId, created, updated] of facts) {
    const policy = ofAws(name)
    assert.ok(policy && hasPublishedId(policy), name)
    const found = [policy.policyId, policy.versionId, policy.createdMs, policy.updatedMs]
    assert.deepEqual(found, [policyId, versionId, Date.parse(created), Date.parse(updated)], name)
  }
  assert.equal(awsManagedPolicies().filter((policy) => hasPublishedId(policy)).length, facts.length)
})

test('an id that is not published is the same on every server', () => {
  assert.equal(ofAws('service-role/ROSAKMSProviderPolicy')?.policyId, 'ANPAVXXKLMGVSDKCINXRF')
  assert.equal(hasPublishedId({ name: 'ROSAKMSProviderPolicy' }), false)
  assert.equal(hasPublishedId({ name: 'constructor' }), false)
})

test('what they allow of KMS is what AWS says', () => {
  const statements = (name: string): readonly Statement[] => {
    const { policy } = parsePolicy(ofAws(name)?.text ?? '', 'identity')
    assert.ok(policy, name)
    return policy.statements
  }
  const ofKms = (name: string): string[] =>
    statements(name).flatMap(({ actions }) => actions?.values.filter((action) => action.startsWith('kms:')) ?? [])
  assert.deepEqual(ofKms('ReadOnlyAccess'), ['kms:Describe*', 'kms:Get*', 'kms:List*'])
  assert.deepEqual(ofKms('aws-service-role/AWSKeyManagementServiceMultiRegionKeysServiceRolePolicy'), [
    'kms:SynchronizeMultiRegionKey',
  ])
  const [own] = statements('PowerUserAccess')
  assert.deepEqual(own?.actions, { not: true, values: ['iam:*', 'organizations:*', 'account:*'] })
})

test('an ARN of another case, path, account or partition is of no policy', () => {
  for (const arn of [
    'arn:aws:iam::aws:policy/administratoraccess',
    'arn:aws:iam::aws:policy/job-function/AdministratorAccess',
    'arn:aws:iam::aws:policy/ViewOnlyAccess',
    'arn:aws:iam::111122223333:policy/AdministratorAccess',
    'arn:aws-cn:iam::aws:policy/AdministratorAccess',
    'arn:aws:iam::aws:policy/',
  ]) {
    assert.equal(awsManagedPolicy(arn), undefined, arn)
  }
})
