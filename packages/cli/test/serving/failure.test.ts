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

test('what an operator is refused with has its list in lines, and what others wrote in none of their own', () => {
  const lines = ['key policy on a: b', 'grant on c: d\n  forged']
  const failure = serverFailure(Object.assign(new Error('They are:'), { name: 'OperatorError', lines }))
  assert.equal(failure?.message, 'They are:\n  key policy on a: b\n  grant on c: d\\u000a  forged')
})

test('what cannot be trusted or allowed is named with the option that did', () => {
  const options = { TrustedProxyError: '--trusted-proxy', OriginError: '--allow-origin', HostNameError: '--allow-host' }
  for (const [name, option] of Object.entries(options)) {
    const failure = serverFailure(Object.assign(new Error("'x' cannot be used."), { name }))
    assert.deepEqual(failure, { exitCode: 2, message: `'x' cannot be used.\nSee ${option}.` })
  }
})
