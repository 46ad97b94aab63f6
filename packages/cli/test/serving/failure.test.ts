import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StorageError } from '@keyhold/server'
import { serverFailure } from '../../src/serving/failure.ts'

test('what a database is refused with can be read: nothing in it is escaped', () => {
  const codes = ['busy', 'full', 'damaged', 'tampered', 'missing', 'access', 'foreign'] as const
  for (const code of codes) {
    const failure = serverFailure(new StorageError(code, 'Why.'))
    assert.match(failure?.message ?? '', /^Why\.\n./)
    assert.doesNotMatch(failure?.message ?? '', /\\u/)
  }
})
