import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { pinoLogger } from '../../src/platform/pino-logger.ts'

function record(): { lines: string[]; write(line: string): void } {
  const lines: string[] = []
  return { lines, write: (line) => void lines.push(line) }
}

test('a line holds level, message and fields', () => {
  const output = record()
  pinoLogger('info', output).warn('slow disk', { elapsedMs: 7 })
  const { time, ...line } = JSON.parse(output.lines[0] ?? '') as Record<string, unknown>
  assert.deepEqual(line, { level: 'warn', elapsedMs: 7, msg: 'slow disk' })
  assert.equal(typeof time, 'number')
})

test('lines below the level are not written', () => {
  const output = record()
  pinoLogger('error', output).info('chatter')
  pinoLogger('error', output).error('trouble')
  assert.equal(output.lines.length, 1)
})

test('a secret never prints, however deep it lies', () => {
  const output = record()
  const secret = Secret.of(new TextEncoder().encode('planted-secret'))
  pinoLogger('info', output).info('got', { secret, deep: { list: [secret] } })
  assert.match(output.lines[0] ?? '', /\[secret\].*\[secret\]/)
  assert.doesNotMatch(output.lines[0] ?? '', /planted|112,108/)
})

test('an error prints with its stack and cause under any name', () => {
  const output = record()
  pinoLogger('info', output).error('bug', { error: new Error('outer', { cause: new Error('inner') }) })
  assert.match(output.lines[0] ?? '', /outer: inner/)
  assert.match(output.lines[0] ?? '', /pino-logger\.test\.ts/)
})
