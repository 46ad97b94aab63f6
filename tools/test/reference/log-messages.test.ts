import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callsIn, logCalls } from '../../reference/log-messages.ts'

const calls = logCalls()

test('the places that log are found, in each form that the sources have', () => {
  assert.ok(calls.length >= 40, `only ${calls.length} places`)
  const text = `
    logger.info('a', { one, two: 2 })
    this.#options.logger.warn(\`b \${c}\`, { ...facts })
    options.logger?.error('c')
    console.error('d')
    new Condition(logger, { began: 'e', ended: 'f' })`
  assert.deepEqual(
    callsIn('x.ts', text).map(({ level, message, fields, place }) => [place, level, message, ...fields]),
    [
      ['x.ts:2', 'info', 'a', 'one', 'two'],
      ['x.ts:3', 'warn', undefined, '…'],
      ['x.ts:4', 'error', 'c'],
      ['x.ts:6', 'error', 'e'],
      ['x.ts:6', 'warn', 'f'],
    ],
  )
})

test('every message is a constant text, so that repeats are found: it begins small, ends without a full stop and is short', () => {
  const wrong = calls.filter(({ message }) => !/^[a-z](.{8,178})[^.\s]$/.test(message ?? ''))
  assert.deepEqual(wrong, [])
})

test('a message has one level: what it means does not depend on where it is logged', () => {
  const levels = new Map<string, Set<string>>()
  for (const { message = '', level } of calls) levels.set(message, (levels.get(message) ?? new Set()).add(level))
  assert.deepEqual(
    [...levels].filter(([, all]) => all.size > 1),
    [],
  )
})

/** Names that a secret may have. */
const SECRET =
  /secret|passw|credential|plaintext|token|signature|authori[sz]ation|headers?$|body|query|material$|(?<!access|public)key(?!s|Id|Arn)\b./i
/** Each thing has one name in all lines. */
const OTHER_NAMES = /^(err|e|msg|message|time|level|reason|arnOfKey|keyArn|id|path)$/

test('no field has a name that a secret may have, and each thing has the same name in all lines', () => {
  const named = calls.flatMap(({ place, fields }) => fields.map((field) => ({ place, field })))
  const wrong = named.filter(
    ({ field }) => SECRET.test(field) || OTHER_NAMES.test(field) || !/^([a-z][A-Za-z]*|…)$/.test(field),
  )
  assert.deepEqual(wrong, [])
})
