import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { aliasArn, formatArn, keyArn, parseArn, parseKmsArn, partitionOf } from '../src/arn.ts'

const KEY = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
const PLACE = { partition: 'aws', region: 'us-east-1', account: '111122223333' }

test('a key ARN names the key', () => {
  assert.deepEqual(parseKmsArn(KEY), { ...PLACE, type: 'key', keyId: '1234abcd-12ab-34cd-56ef-1234567890ab' })
  assert.equal(keyArn('us-east-1', '111122223333', '1234abcd-12ab-34cd-56ef-1234567890ab'), KEY)
})

test('an alias ARN names the alias with its prefix', () => {
  const arn = 'arn:aws:kms:us-east-1:111122223333:alias/a/b'
  assert.deepEqual(parseKmsArn(arn), { ...PLACE, type: 'alias', aliasName: 'alias/a/b' })
  assert.equal(aliasArn('us-east-1', '111122223333', 'alias/a/b'), arn)
})

test('the partition follows from the region', () => {
  const regions = ['us-east-1', 'eu-central-1', 'cn-north-1', 'us-gov-west-1', 'local']
  assert.deepEqual(regions.map(partitionOf), ['aws', 'aws', 'aws-cn', 'aws-us-gov', 'aws'])
  assert.match(keyArn('cn-north-1', '1', 'k'), /^arn:aws-cn:kms:cn-north-1:1:key\/k$/)
})

test('a resource keeps its colons, and global ARNs have no region or account', () => {
  const log = parseArn('arn:aws:logs:us-east-1:1:log-group:x:*')
  assert.equal(log?.resource, 'log-group:x:*')
  assert.deepEqual(parseArn('arn:aws:s3:::bucket'), {
    partition: 'aws',
    service: 's3',
    region: '',
    account: '',
    resource: 'bucket',
  })
})

test('formatting and parsing are inverse', () => {
  const part = fc.stringMatching(/^[a-z0-9-]{1,12}$/)
  const optional = fc.oneof(part, fc.constant(''))
  const parts = {
    partition: part,
    service: part,
    region: optional,
    account: optional,
    resource: fc.string({ minLength: 1 }),
  }
  const arn = fc.record(parts, { noNullPrototype: true })
  fc.assert(fc.property(arn, (value) => assert.deepEqual(parseArn(formatArn(value)), value)))
})

for (const text of [
  '',
  'arn',
  'ARN:aws:kms:r:1:key/k',
  'arn::kms:r:1:key/k',
  'arn:aws::r:1:key/k',
  'arn:aws:kms:r:1',
  'arn:aws:kms:r:1:',
]) {
  test(`not an ARN: '${text}'`, () => assert.equal(parseArn(text), undefined))
}

for (const text of [
  'arn:aws:s3:us-east-1:111122223333:key/k',
  'arn:aws:kms::111122223333:key/k',
  'arn:aws:kms:us-east-1::key/k',
  'arn:aws:kms:us-east-1:111122223333:key/',
  'arn:aws:kms:us-east-1:111122223333:alias/',
  'arn:aws:kms:us-east-1:111122223333:grant/k',
  '1234abcd-12ab-34cd-56ef-1234567890ab',
]) {
  test(`not the ARN of a key or alias: '${text}'`, () => assert.equal(parseKmsArn(text), undefined))
}
