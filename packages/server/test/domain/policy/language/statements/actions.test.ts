import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applies, KEY_ARN } from '../support.ts'

test('actions are compared without regard to case, and may be patterns', () => {
  for (const action of [
    '*',
    'kms:*',
    'KMS:decrypt',
    'kms:Decrypt',
    'kms:De*',
    'kms:*crypt',
    'kms:D?crypt',
    'kms:*c*',
    ['s3:GetObject', 'kms:Decrypt'],
  ]) {
    assert.ok(applies({ Action: action }), String(action))
    assert.ok(!applies({ Action: undefined, NotAction: action }), String(action))
  }
  for (const action of [
    's3:*',
    'kms:Decryp',
    'kms:DecryptX',
    'kms:?Decrypt',
    'kms:*Encrypt',
    'iam:De*',
    ['kms:Encrypt', 'kms:Get*'],
  ]) {
    assert.ok(!applies({ Action: action }), String(action))
    assert.ok(applies({ Action: undefined, NotAction: action }), String(action))
  }
})

test('a request may write an action in any case', () => {
  assert.ok(applies({ Action: 'kms:Decrypt' }, { action: 'KMS:DECRYPT' }))
})

test('resources are compared with regard to case, and may be patterns', () => {
  const account = KEY_ARN.slice(0, KEY_ARN.indexOf('key/'))
  for (const resource of [
    '*',
    KEY_ARN,
    `${account}key/*`,
    'arn:aws:kms:*:*:key/1234*',
    'arn:aws:kms:*',
    ['*', 'arn:aws:s3:::a'],
  ]) {
    assert.ok(applies({ Resource: resource }), String(resource))
    assert.ok(!applies({ Resource: undefined, NotResource: resource }), String(resource))
  }
  for (const resource of [
    KEY_ARN.replace('key', 'KEY'),
    KEY_ARN.replace('arn:aws:', 'arn:aws-cn:'),
    `${account}alias/*`,
    'arn:aws:s3:::*',
    ['arn:aws:kms:us-*:*:key/*'],
  ]) {
    assert.ok(!applies({ Resource: resource }), String(resource))
    assert.ok(applies({ Resource: undefined, NotResource: resource }), String(resource))
  }
})

test('an operation without a resource needs a star', () => {
  assert.ok(applies({ Resource: '*' }, { resource: '*' }))
  assert.ok(!applies({ Resource: 'arn:aws:kms:*:*:*' }, { resource: '*' }))
})
