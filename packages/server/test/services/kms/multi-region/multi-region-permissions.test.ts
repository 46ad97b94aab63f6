import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endTransitions } from '../../../../src/jobs/transitions.ts'
import { addUser, ALLOW_KMS, policyOf } from '../../../support/identities.ts'
import { ACCOUNT, REGION, TestService } from '../../../support/service.ts'

const ELSEWHERE = 'us-west-2'
const THIRD = 'ap-south-1'

const arnIn = (region: string, keyId: string): string => `arn:aws:kms:${region}:${ACCOUNT}:key/${keyId}`

test('replicating takes permission on the primary and to create keys in the other Region', async () => {
  await using own = await TestService.open('on')
  const admin = await addUser(own, 'admin', { inline: { all: ALLOW_KMS } })
  const { keyId, arn } = await own.createKey({ MultiRegion: true }, admin)
  const allow = (Action: string, Condition?: object): object => ({ Effect: 'Allow', Action, Resource: '*', Condition })
  const replicate = allow('kms:ReplicateKey', { StringEquals: { 'kms:ReplicaRegion': ELSEWHERE } })
  const create = allow('kms:CreateKey', {
    StringEquals: { 'aws:RequestedRegion': ELSEWHERE, 'kms:MultiRegionKeyType': 'REPLICA' },
  })
  const wanted = { KeyId: keyId, ReplicaRegion: ELSEWHERE }
  const denied = /^AccessDeniedException: .* not authorized to perform: kms:/
  const only = await addUser(own, 'only', { inline: { replicate } })
  assert.match(await own.fault('ReplicateKey', wanted, only), /kms:CreateKey on resource: \*/)
  const creator = await addUser(own, 'creator', { inline: { create } })
  assert.match(await own.fault('ReplicateKey', wanted, creator), new RegExp(`kms:ReplicateKey on resource: ${arn}`))
  const both = await addUser(own, 'both', { inline: { replicate, create } })
  assert.match(await own.fault('ReplicateKey', { ...wanted, ReplicaRegion: THIRD }, both), denied)
  assert.match(await own.fault('CreateKey', { MultiRegion: true }, both), denied)
  const tagged = { ...wanted, Tags: [{ TagKey: 'a', TagValue: 'b' }] }
  assert.match(await own.fault('ReplicateKey', tagged, both), /kms:TagResource because no identity-based policy/)
  await own.ok('ReplicateKey', wanted, both)
})

test('UpdatePrimaryRegion takes permission on both keys', async () => {
  await using own = await TestService.open('on')
  const admin = await addUser(own, 'admin', { inline: { all: ALLOW_KMS } })
  const { keyId } = await own.createKey({ MultiRegion: true }, admin)
  await own.ok('ReplicateKey', { KeyId: keyId, ReplicaRegion: ELSEWHERE }, admin)
  await endTransitions(own.services)
  const on = (region: string): object => ({
    Effect: 'Allow',
    Action: 'kms:UpdatePrimaryRegion',
    Resource: arnIn(region, keyId),
    Condition: { StringEquals: { 'kms:PrimaryRegion': ELSEWHERE } },
  })
  const update = { KeyId: keyId, PrimaryRegion: ELSEWHERE }
  for (const [name, region, missing] of [
    ['old', REGION, ELSEWHERE],
    ['new', ELSEWHERE, REGION],
  ] as const) {
    const user = await addUser(own, name, { inline: { it: on(region) } })
    assert.match(await own.fault('UpdatePrimaryRegion', update, user), new RegExp(arnIn(missing, keyId)))
  }
  const both = await addUser(own, 'both', { inline: { here: on(REGION), there: on(ELSEWHERE) } })
  await own.ok('UpdatePrimaryRegion', update, both)
})

test('a replica’s policy is checked like that of any new key, and may ask what kind of key it is', async () => {
  await using own = await TestService.open('on')
  const admin = await addUser(own, 'admin', { inline: { all: ALLOW_KMS } })
  const { keyId } = await own.createKey({ MultiRegion: true }, admin)
  const replicate = { KeyId: keyId, ReplicaRegion: ELSEWHERE }
  const lockout = policyOf({ Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'kms:Describe*', Resource: '*' })
  assert.match(
    await own.fault('ReplicateKey', { ...replicate, Policy: lockout }, admin),
    /^MalformedPolicyDocumentException: The new key policy will not allow you/,
  )
  const replicasOnly = policyOf({
    Effect: 'Allow',
    Principal: { AWS: ACCOUNT },
    Action: 'kms:*',
    Resource: '*',
    Condition: { StringEquals: { 'kms:MultiRegionKeyType': 'REPLICA' }, Bool: { 'kms:MultiRegion': 'true' } },
  })
  const { ReplicaPolicy } = await own.ok('ReplicateKey', { ...replicate, Policy: replicasOnly }, admin)
  assert.equal(ReplicaPolicy, replicasOnly)
  await own.ok('DescribeKey', { KeyId: keyId }, { ...admin, region: ELSEWHERE })
  assert.match(
    await own.fault('PutKeyPolicy', { KeyId: keyId, Policy: replicasOnly }, admin),
    /^MalformedPolicyDocumentException: The new key policy will not allow you/,
  )
})
