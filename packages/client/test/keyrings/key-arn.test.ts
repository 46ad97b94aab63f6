import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EnvelopeError } from '../../src/index.ts'
import { isKeyArn, parseKeyArn } from '../../src/keyrings/key-arn.ts'

const ID = '1234abcd-12ab-34cd-56ef-1234567890ab'

for (const arn of [
  `arn:aws:kms:eu-central-1:111122223333:key/${ID}`,
  'arn:aws:kms:us-east-1:111122223333:key/mrk-0123456789abcdef0123456789abcdef',
  `arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/${ID}`,
  `arn:aws-cn:kms:cn-north-1:111122223333:key/${ID}`,
]) {
  test(`${arn} is the ARN of a key`, () => {
    assert.ok(isKeyArn(arn))
    assert.equal(parseKeyArn(arn).type, 'key')
  })
}

/** The region of a message's key becomes part of a host name: none may lead elsewhere. */
for (const arn of [
  ID,
  'alias/app',
  'arn:aws:kms:eu-central-1:111122223333:alias/app',
  `arn:aws:s3:eu-central-1:111122223333:key/${ID}`,
  `arn:aws:kms:evil.example/#-1:111122223333:key/${ID}`,
  `arn:aws:kms:x@evil.example?-1:111122223333:key/${ID}`,
  `arn:aws:kms:eu-central-1\n:111122223333:key/${ID}`,
  `arn:aws:kms::111122223333:key/${ID}`,
  `arn:aws:kms:eu-central-1:root:key/${ID}`,
  'arn:aws:kms:eu-central-1:111122223333:key/',
]) {
  test(`${JSON.stringify(arn)} is not`, () => {
    assert.ok(!isKeyArn(arn))
    assert.throws(() => parseKeyArn(arn), EnvelopeError)
  })
}
