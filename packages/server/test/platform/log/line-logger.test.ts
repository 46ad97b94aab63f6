import assert from 'node:assert/strict'
import { closeSync, fstatSync, openSync } from 'node:fs'
import { test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import type { LogFormat } from '../../../src/platform/log/formats.ts'
import { type CountingLogger, formatOf, lineLogger, type LogLevel } from '../../../src/platform/log/line-logger.ts'
import { StorageError } from '../../../src/vault/storage/storage-error.ts'
import { type ManualClock, manualClock } from '../../support/manual-clock.ts'

const START = Date.UTC(2026, 10, 30, 19)
const MINUTE = 60_000

function logging(format: LogFormat = 'json', level: LogLevel = 'info'): Logging {
  const lines: string[] = []
  const clock = manualClock(START)
  const logger = lineLogger({ level, format, output: { write: (line) => lines.push(line) }, clock })
  return { lines, clock, logger, parsed: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) }
}

interface Logging {
  lines: string[]
  clock: ManualClock
  logger: CountingLogger
  parsed(): Record<string, unknown>[]
}

test('each format has time, level, message and fields in one line', () => {
  const expected: Record<LogFormat, string> = {
    json: '{"time":"2026-11-30T19:00:00.000Z","level":"warn","msg":"slow disk","elapsedMs":7,"file":"a b"}\n',
    logfmt: 'time=2026-11-30T19:00:00.000Z level=warn msg="slow disk" elapsedMs=7 file="a b"\n',
    text: '2026-11-30T19:00:00.000Z warn  slow disk  elapsedMs=7 file="a b"\n',
    journald: '<4>slow disk  elapsedMs=7 file="a b"\n',
  }
  for (const [format, line] of Object.entries(expected)) {
    const { lines, logger } = logging(format as LogFormat)
    logger.warn('slow disk', { elapsedMs: 7, file: 'a b' })
    assert.deepEqual(lines, [line])
  }
})

test('the level can be changed, also for counts that are not written yet', () => {
  const { lines, logger } = logging('json', 'error')
  logger.warn('chatter')
  logger.level = 'warn'
  logger.warn('slow')
  logger.warn('slow')
  logger.level = 'error'
  logger.warn('chatter')
  logger.flush()
  assert.equal(lines.length, 1)
})

test('lines below the level are not written, and none with silent', () => {
  const { lines, logger } = logging('json', 'error')
  logger.info('chatter')
  logger.warn('chatter')
  logger.error('trouble')
  assert.equal(lines.length, 1)
  const silent = logging('json', 'silent')
  silent.logger.error('trouble')
  assert.deepEqual(silent.lines, [])
})

test('a secret never prints, however deep it lies, and bytes print as their number', () => {
  for (const format of ['json', 'logfmt', 'text', 'journald'] as const) {
    const { lines, logger } = logging(format)
    const secret = Secret.of(new TextEncoder().encode('planted-secret'))
    logger.info('got', { secret, deep: { list: [secret] }, key: new TextEncoder().encode('planted-bytes') })
    assert.match(lines[0] ?? '', /\[secret\].*\[secret\].*\[13 bytes\]/)
    assert.doesNotMatch(lines[0] ?? '', /planted|112,108/)
  }
})

test('a bug has its stack and causes, and what is foreseen has neither', () => {
  const { parsed, logger } = logging()
  logger.error('failed', { error: new Error('outer', { cause: new TypeError('inner') }) })
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
    errno: -28,
    syscall: 'write',
  })
  logger.error('failed', { error: new StorageError('full', 'The database cannot grow', { cause: full }) })
  logger.error('failed', { error: full })
  const [bug = {}, storage, system] = parsed()
  assert.equal(bug['error'], 'outer: inner')
  assert.match(String(bug['errorStack']), /line-logger\.test\.ts[^]*caused by: TypeError: inner/)
  assert.deepEqual(
    [storage, system].map((line) => ({ ...line, time: undefined })),
    [
      {
        time: undefined,
        level: 'error',
        msg: 'failed',
        error: 'The database cannot grow: ENOSPC: no space left on device, write',
        errorName: 'StorageError',
        errorCode: 'full',
      },
      {
        time: undefined,
        level: 'error',
        msg: 'failed',
        error: 'ENOSPC: no space left on device, write',
        errorName: 'Error',
        errorCode: 'ENOSPC',
      },
    ],
  )
})

test('what strangers wrote stays on one line, in printable characters, and has a limited length', () => {
  const hostile = `curl\r\n<0>forged\u001B[2J\u0085\u202Egnp\u2028${'x'.repeat(100_000)}`
  for (const format of ['json', 'logfmt', 'text', 'journald'] as const) {
    const { lines, logger } = logging(format)
    logger.warn('refused', {
      userAgent: hostile,
      error: new Error(hostile),
      many: Array.from({ length: 999 }, () => 'y'),
    })
    const [line = ''] = lines
    assert.match(line, /^[^\p{Cc}\u2028\u202E]*\n$/u)
    assert.match(line, /forged/)
    assert.ok(line.length < 12_000, `${line.length} characters`)
  }
})

test('fields cannot replace the time, the level or the message', () => {
  const { parsed, logger } = logging()
  logger.warn('real', { time: 'then', level: 'info', msg: 'forged' })
  assert.deepEqual(parsed(), [
    { time: '2026-11-30T19:00:00.000Z', level: 'warn', msg: 'real', time_: 'then', level_: 'info', msg_: 'forged' },
  ])
})

test('what repeats is written once, then counted, less and less often', () => {
  const { lines, clock, logger, parsed } = logging()
  const fail = (requestId: string): void =>
    logger.error('refused', { requestId, error: new StorageError('full', 'Full') })
  for (let second = 0; second < 3600; second++) {
    fail(`id-${second}`)
    clock.advance(1000)
  }
  const counts = parsed().map(({ repeated }) => repeated)
  assert.deepEqual(counts, [undefined, 59, 120, 240, 480, 960, 960])
  assert.deepEqual(
    { requestId: parsed()[1]?.['requestId'], since: parsed()[1]?.['since'] },
    { requestId: 'id-59', since: '2026-11-30T19:00:01.000Z' },
  )
  logger.flush()
  assert.equal(
    parsed().reduce((sum, { repeated }) => sum + Number(repeated ?? 1), 0),
    3600,
  )
  assert.ok(lines.join('').length < 2000, 'an hour of refusals takes more than 2000 characters')
})

test('what came once is written again at once when its window is over', () => {
  const { lines, clock, logger } = logging()
  for (const _ of [1, 2]) {
    logger.warn('clock jumped')
    clock.advance(2 * MINUTE)
  }
  assert.equal(lines.length, 2)
})

test('different things are no repeats, and measurements make no difference', () => {
  const { lines, clock, logger } = logging()
  logger.warn('skipped', { row: 'a', elapsedMs: 1 })
  logger.warn('skipped', { row: 'b', elapsedMs: 2 })
  logger.error('skipped', { row: 'a' })
  logger.warn('skipped', { row: 'a', elapsedMs: 3 })
  assert.equal(lines.length, 3)
  clock.advance(2 * MINUTE)
  assert.match(lines[3] ?? '', /"elapsedMs":3,"repeated":1/)
})

test('however many things differ, a message has a limited number of lines, and facts have no limit', () => {
  const { lines, clock, logger } = logging()
  for (let row = 0; row < 10_000; row++) logger.warn('skipped', { row: `r${row}` })
  assert.equal(lines.length, 101)
  clock.advance(2 * MINUTE)
  assert.equal(lines.length, 102)
  assert.match(lines[101] ?? '', /"row":"r9999","repeated":9899/)
  lines.splice(0)
  for (let key = 0; key < 300; key++) logger.info('deleted', { key: `k${key}` })
  assert.equal(lines.length, 300)
})

test('the format is that of the reader: the journal of systemd, or a program', () => {
  const file = openSync(import.meta.filename, 'r')
  const { dev, ino } = fstatSync(file, { bigint: true })
  assert.equal(formatOf(file, { JOURNAL_STREAM: `${dev}:${ino}` }), 'journald')
  for (const JOURNAL_STREAM of [`${dev}:${ino + 1n}`, `${ino}`, ''])
    assert.equal(formatOf(file, { JOURNAL_STREAM }), 'json')
  assert.equal(formatOf(file, {}), 'json')
  closeSync(file)
  assert.equal(formatOf(file, { JOURNAL_STREAM: `${dev}:${ino}` }), 'json')
})
