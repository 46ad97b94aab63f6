import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grantAllows, granteeMatch, traceGrant } from '../../../../src/domain/policy/grants/match.ts'
import { grantRuleOf } from '../support/grantable.ts'
import { columns, GRANT_ROWS, GRANTEE_ROWS } from '../support/grant-rows.ts'
import { granteeProblem, grantProblem } from '../support/verify.ts'
import { KEY, KEY_ARN, PRINCIPALS } from '../support/world.ts'

for (const row of columns(GRANT_ROWS)) {
  test(`${row[0]} with ${row[1]} ${row[2]} given ${row[3]}: ${row[4]}, as ${row[5]}`, () => {
    assert.equal(grantProblem({ grantAllows }, row), undefined)
  })
}

for (const row of columns(GRANTEE_ROWS)) {
  test(`the grantee ${row[1]} with the id ${row[2]} means ${row[0]} as ${row[3]}, as ${row[4]}`, () => {
    assert.equal(granteeProblem({ granteeMatch }, row), undefined)
  })
}

test('a trace says of each part whether it matched', () => {
  const { user } = PRINCIPALS
  assert.ok(user)
  const constraints = {
    encryptionContextEquals: { a: '1' },
    encryptionContextSubset: { a: '1' },
    sourceArn: 'arn:aws:s3:eu-central-1:111122223333:one',
  }
  const grant = { grantId: 'g', ...KEY, operations: ['Decrypt'], grantee: { arn: user.arn }, constraints }
  const encryptionContext = { a: '1', b: '2' }
  const asked = {
    principal: user,
    resource: { arn: KEY_ARN },
    conditions: { get: () => undefined, isByDefault: () => false },
  }
  const request = { ...asked, action: 'kms:Decrypt', grantable: grantRuleOf('kms:Decrypt'), encryptionContext }
  assert.deepEqual(traceGrant(grant, request), {
    grantId: 'g',
    key: true,
    operation: true,
    grantee: 'principal',
    constraints: [
      { constraint: 'EncryptionContextEquals', wanted: { a: '1' }, found: encryptionContext, holds: false },
      { constraint: 'EncryptionContextSubset', wanted: { a: '1' }, found: encryptionContext, holds: true },
      { constraint: 'SourceArn', wanted: constraints.sourceArn, found: undefined, holds: false },
    ],
    applies: false,
  })
  const free = traceGrant(
    { ...grant, operations: ['DescribeKey'], constraints: { encryptionContextEquals: { a: '1' } } },
    { ...asked, action: 'kms:DescribeKey', grantable: grantRuleOf('kms:DescribeKey') },
  )
  assert.equal(free.applies, true)
  const elsewhere = traceGrant({ ...grant, region: 'us-west-2', constraints: {} }, request)
  assert.deepEqual(elsewhere, { ...traceGrant({ ...grant, constraints: {} }, request), key: false, applies: false })
})
