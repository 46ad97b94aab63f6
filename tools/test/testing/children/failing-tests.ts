import assert from 'node:assert/strict'
import { test } from 'node:test'

test('one is two', () => assert.equal(Number('1'), 2))
