import assert from 'node:assert/strict'
import { test } from 'node:test'
import { opening } from '../../src/platform/opening.ts'
import { silentLogger } from '../support/silent-logger.ts'

test('what is opened stays open until it is closed, in reverse order', async () => {
  const closed: number[] = []
  const stack = await opening(silentLogger, async (opened) => {
    for (const one of [1, 2, 3]) opened.defer(() => void closed.push(one))
    return opened
  })
  assert.deepEqual(closed, [])
  await stack.disposeAsync()
  assert.deepEqual(closed, [3, 2, 1])
})

test('when a step fails, what was opened before is closed in reverse order, and the failure is thrown', async () => {
  const closed: number[] = []
  const attempt = opening(silentLogger, async (opened) => {
    for (const one of [1, 2]) opened.defer(() => void closed.push(one))
    throw new Error('the third step')
  })
  await assert.rejects(attempt, /the third step/)
  assert.deepEqual(closed, [2, 1])
})

test('what cannot be closed keeps nothing else open, and hides no failure', async () => {
  const closed: number[] = []
  const errors: unknown[] = []
  const logger = { ...silentLogger, error: (message: string) => void errors.push(message) }
  const attempt = opening(logger, async (opened) => {
    opened.defer(() => void closed.push(1))
    opened.defer(() => Promise.reject(new Error('does not close')))
    opened.defer(() => void closed.push(3))
    throw new Error('the step')
  })
  await assert.rejects(attempt, { message: 'the step' })
  assert.deepEqual(closed, [3, 1])
  assert.deepEqual(errors, ['what was opened could not be closed'])
})
