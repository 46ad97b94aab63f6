import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { AuditUnavailableError } from '../../src/audit/auditor.ts'
import { GroupCommit } from '../../src/audit/group-commit.ts'
import { MAX_LINE_BYTES } from '../../src/audit/lines.ts'
import { manualClock } from '../support/manual-clock.ts'
import { silentLogger } from '../support/silent-logger.ts'

/** A group commit, and how many lines each of its batches had. */
function committing(): { commit: GroupCommit; batches: number[] } {
  const batches: number[] = []
  const commit = new GroupCommit({
    write: async (lines) => void batches.push(lines.length),
    clock: manualClock(0),
    logger: silentLogger,
    limits: { records: 1000, characters: 1_000_000 },
  })
  return { commit, batches }
}

test('a single line waits some turns of the event loop for others', async () => {
  const { commit, batches } = committing()
  const lines = [commit.write('first')]
  await setImmediate()
  await setImmediate()
  assert.deepEqual(batches, [])
  lines.push(commit.write('second'))
  await Promise.all(lines)
  assert.deepEqual(batches, [2])
})

test('a full batch waits no longer, so that the responses of several turns do not all leave in one', async () => {
  const { commit, batches } = committing()
  const lines: Promise<void>[] = []
  for (let turn = 1; turn <= 10; turn++) {
    for (let count = 0; count < 16; count++) lines.push(commit.write('line'))
    await setImmediate()
  }
  await Promise.all(lines)
  assert.ok(
    batches.every((size) => size <= 32),
    `batches of ${batches.join(', ')} lines`,
  )
})

test('two lines are enough while several accounts are active, and one account gets as many as arrive in some turns', async () => {
  for (const [isShared, expected] of [
    [false, [4]],
    [true, [2, 2]],
    [false, [4]],
  ] as const) {
    const { commit, batches } = committing()
    commit.setShared(!isShared)
    commit.setShared(isShared)
    const lines: Promise<void>[] = []
    for (let line = 0; line < 4; line++) {
      lines.push(commit.write('line'))
      if (line % 2 === 1) await setImmediate()
    }
    await Promise.all(lines)
    assert.deepEqual(batches, expected)
  }
})

test('lines that arrived while a batch was written, and are enough, are written without another turn', async () => {
  const batches: number[] = []
  const writes: (() => void)[] = []
  const commit = new GroupCommit({
    write: (lines) =>
      new Promise((resolve) => {
        batches.push(lines.length)
        writes.push(resolve)
      }),
    clock: manualClock(0),
    logger: silentLogger,
    limits: { records: 1000, characters: 1_000_000 },
  })
  const append = (count: number): void => {
    for (let line = 0; line < count; line++) void commit.write('line')
  }
  append(16)
  await setImmediate()
  append(16)
  assert.deepEqual(batches, [16])
  writes[0]?.()
  await new Promise((resolve) => process.nextTick(resolve))
  assert.deepEqual(batches, [16, 16])
})

test('lines that wait while a write fails are refused with it, and are not written later', async () => {
  const batches: number[] = []
  let fail: ((error: Error) => void) | undefined
  const commit = new GroupCommit({
    write: (lines) => {
      batches.push(lines.length)
      return batches.length > 1 ? Promise.resolve() : new Promise((_, reject) => (fail = reject))
    },
    clock: manualClock(0),
    logger: silentLogger,
    limits: { records: 1000, characters: 1_000_000 },
  })
  const written = Array.from({ length: 16 }, () => commit.write('line'))
  await setImmediate()
  const waiting = [commit.write('waits'), commit.write('waits')]
  fail?.(new Error('the disk is gone'))
  for (const line of [...written, ...waiting]) await assert.rejects(line, AuditUnavailableError)
  for (let turn = 0; turn < 10; turn += 1) await setImmediate()
  assert.deepEqual(batches, [16])
})

test('a queue holds as many characters as its limit, and a line as many as readers take', async () => {
  const queue = (characters: number): GroupCommit =>
    new GroupCommit({
      write: async () => {},
      clock: manualClock(0),
      logger: silentLogger,
      limits: { records: 1000, characters },
    })
  const short = queue(10)
  const taken = [short.write('x'.repeat(6)), short.write('x'.repeat(4))]
  await assert.rejects(short.write('x'), AuditUnavailableError)
  await Promise.all(taken)
  const long = queue(Infinity)
  const most = Math.floor(MAX_LINE_BYTES / 3)
  await long.write('x'.repeat(most))
  await assert.rejects(long.write('x'.repeat(most + 1)), AuditUnavailableError)
})

test('a stream that could not be written is tried once a second, with one line', async () => {
  const batches: number[] = []
  const clock = manualClock(0)
  const commit = new GroupCommit({
    write: async (lines) => {
      batches.push(lines.length)
      throw new Error('the disk is gone')
    },
    clock,
    logger: silentLogger,
    limits: { records: 1000, characters: 1_000_000 },
  })
  await assert.rejects(commit.write('first'), AuditUnavailableError)
  await assert.rejects(commit.write('too soon'), AuditUnavailableError)
  clock.advance(1000)
  const tries = await Promise.allSettled(['tries', 'waits', 'waits'].map((line) => commit.write(line)))
  assert.ok(tries.every(({ status }) => status === 'rejected'))
  assert.deepEqual(batches, [1, 1])
})

test('a disk that fails and works again is said twice, however many writes fail', async () => {
  const said: string[] = []
  const say = (message: string): void => void said.push(message)
  const clock = manualClock(0)
  let works = false
  const commit = new GroupCommit({
    write: () => (works ? Promise.resolve() : Promise.reject(new Error('ENOSPC'))),
    clock,
    logger: { info: say, warn: say, error: say },
    limits: { records: 1000, characters: 1_000_000 },
  })
  for (let second = 0; second < 5; second++) {
    await assert.rejects(commit.write('line'), AuditUnavailableError)
    clock.advance(1000)
  }
  works = true
  await commit.write('line')
  await commit.write('line')
  assert.deepEqual(
    said.map((message) => message.split(':')[0]),
    ['the audit log cannot be written', 'the audit log can be written again'],
  )
})
