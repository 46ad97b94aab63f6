import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultKeyPolicy, isDefaultKeyPolicy } from '../../../src/domain/policy/default-policy.ts'

test('the default policy is recognised by what it says, and by nothing near it', () => {
  const text = defaultKeyPolicy('111122223333', 'aws')
  const document = JSON.parse(text) as { Statement: Record<string, unknown>[] }
  const reordered = JSON.stringify(Object.fromEntries(Object.entries(document).toReversed()))
  for (const same of [text, JSON.stringify(document), reordered])
    assert.ok(isDefaultKeyPolicy(same, '111122223333', 'aws'))
  assert.ok(!isDefaultKeyPolicy(text, '444455556666', 'aws'))
  const [statement] = document.Statement
  const others = [
    { ...document, Statement: [] },
    { ...document, Statement: [statement, statement] },
    { ...document, Statement: [{ ...statement, Principal: '*' }] },
    { ...document, Statement: [{ ...statement, Action: ['kms:*'] }] },
    { ...document, Version: '2008-10-17' },
  ]
  for (const other of others) assert.ok(!isDefaultKeyPolicy(JSON.stringify(other), '111122223333', 'aws'))
  assert.ok(!isDefaultKeyPolicy('not json', '111122223333', 'aws'))
})
