import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KMS } from '@keyhold/protocol'
import { operationsReference } from '../../reference/operations.ts'

test('the reference names every operation of the model exactly once', () => {
  const page = operationsReference()
  const answered = [...page.matchAll(/^### (\w+)$/gm)].map(([, name]) => name)
  const table = page.slice(page.indexOf('## Not there yet'))
  const missing = [...table.matchAll(/`([A-Z]\w+)`(?=[, ])/g)].map(([, name]) => name)
  const refused = missing.filter((name) => name !== 'UnsupportedOperationException')
  const named = [...answered, ...refused].map(String).toSorted()
  assert.deepEqual(named, Object.keys(KMS.operations).toSorted())
})
