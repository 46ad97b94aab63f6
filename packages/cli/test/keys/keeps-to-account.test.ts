import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { keepsToAccount } from '../../src/keys/keeps-to-account.ts'

const OWN = '111122223333'
const OTHER = '444455556666'

describe('a condition that keeps to the account', () => {
  const keeping: readonly object[] = [
    { StringEquals: { 'kms:CallerAccount': OWN } },
    { StringEquals: { 'KMS:calleraccount': [OWN] } },
    { stringequals: { 'aws:PrincipalAccount': OWN } },
    { StringLike: { 'aws:SourceAccount': OWN } },
    { ArnLike: { 'aws:PrincipalArn': [`arn:aws:iam::${OWN}:role/*`, `arn:aws:iam::${OWN}:user/ann`] } },
    { StringLike: { 'aws:PrincipalArn': `arn:aws:iam::${OWN}:*` } },
    { ArnEquals: { 'aws:SourceArn': `arn:aws:logs:eu-central-1:${OWN}:log-group:x` } },
    { Bool: { 'aws:SecureTransport': 'true' }, StringEquals: { 'aws:userid': 'x', 'kms:CallerAccount': OWN } },
  ]
  for (const condition of keeping) {
    test(`is ${JSON.stringify(condition)}`, () => assert.equal(keepsToAccount(condition, OWN), true))
  }
})

describe('a condition that others may meet', () => {
  const open: readonly unknown[] = [
    undefined,
    {},
    'StringEquals',
    { StringEquals: {} },
    { StringEquals: { 'kms:CallerAccount': [] } },
    { StringEquals: { 'kms:CallerAccount': [OWN, OTHER] } },
    { StringNotEquals: { 'kms:CallerAccount': OWN } },
    { StringEqualsIfExists: { 'aws:SourceAccount': OWN } },
    { 'ForAllValues:StringEquals': { 'aws:SourceAccount': OWN } },
    { StringLike: { 'kms:CallerAccount': '1111*' } },
    { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
    { StringEquals: { 'aws:PrincipalTag/account': OWN } },
    { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/admin' } },
    { StringLike: { 'aws:PrincipalArn': `arn:*:iam::${OWN}:role/admin` } },
    { ArnLike: { 'aws:PrincipalArn': [`arn:aws:iam::${OWN}:root`, `arn:aws:iam::${OTHER}:root`] } },
    { ArnEquals: { 'aws:SourceArn': 'arn:aws:s3:::bucket' } },
  ]
  for (const condition of open) {
    test(`is ${JSON.stringify(condition)}`, () => assert.equal(keepsToAccount(condition, OWN), false))
  }
})
