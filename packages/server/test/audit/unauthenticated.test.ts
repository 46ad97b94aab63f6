import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AuditLog } from '../../src/audit/audit-log.ts'
import type { UnauthenticatedLine } from '../../src/audit/lines.ts'
import { UnauthenticatedFailures } from '../../src/audit/unauthenticated.ts'
import { manualClock } from '../support/manual-clock.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { AuditBench } from './support/audit-bench.ts'

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))

/** Waits until the file has this many lines, however long that takes on the machine. */
async function written(bench: AuditBench, log: AuditLog, lines: number): Promise<UnauthenticatedLine[]> {
  for (let tries = 0; tries < 200 && (await counted(bench, log)).length < lines; tries += 1) await turn()
  return counted(bench, log)
}

function fail(log: AuditLog, timeMs: number, code = 'InvalidSignatureException'): Promise<void> {
  return log.recordUnauthenticated({
    timeMs,
    code,
    requestId: `request ${timeMs}`,
    sourceIp: `192.0.2.${timeMs % 256}`,
  })
}

async function counted(bench: AuditBench, log: AuditLog): Promise<UnauthenticatedLine[]> {
  const stream = (await bench.streams()).find((name) => name !== log.stream) ?? assert.fail('no stream')
  const lines = (await bench.lines(stream)).filter((line) => line.startsWith('{"unauthenticated"'))
  return lines.map((line) => (JSON.parse(line) as { unauthenticated: UnauthenticatedLine }).unauthenticated)
}

test('the first of a kind is written at once, the rest as one line when the window ends', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  for (let timeMs = 1; timeMs <= 5; timeMs += 1) await fail(log, timeMs)
  assert.deepEqual(
    (await counted(bench, log)).map(({ count }) => count),
    [1],
  )
  bench.clock.advance(60_000)
  const [, rest] = await written(bench, log, 2)
  assert.deepEqual(rest, {
    code: 'InvalidSignatureException',
    count: 4,
    firstTimeMs: 2,
    lastTimeMs: 5,
    firstSourceIp: '192.0.2.2',
    lastSourceIp: '192.0.2.5',
    requestId: 'request 5',
  })
  await fail(log, 6)
  assert.deepEqual(
    (await counted(bench, log)).map(({ count }) => count),
    [1, 4, 1],
    'a new window',
  )
  await log.close()
})

test('a hundred thousand failures of a thousand kinds write fewer than a hundred lines, and all are counted', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  for (let sequence = 0; sequence < 100_000; sequence += 1) void fail(log, sequence, `Kind${sequence % 1000}`)
  await log.close()
  const lines = await counted(bench, log)
  assert.ok(lines.length < 100, `${lines.length} lines`)
  assert.equal(
    lines.reduce((sum, { count }) => sum + count, 0),
    100_000,
  )
  assert.deepEqual((await bench.verify()).problems, [])
})

test('a stream filled by unauthenticated clients keeps a limited number of segments, and the log stays valid', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open({ limits: { unauthenticated: { segmentBytes: 2000, keepSegments: 3 } } })
  for (let window = 0; window < 60; window += 1) {
    await fail(log, window)
    bench.clock.advance(60_000)
  }
  const stream = (await bench.streams()).find((name) => name !== log.stream) ?? assert.fail()
  const segments = (await readdir(join(bench.folder, stream))).filter((name) => name.endsWith('.log'))
  assert.equal(segments.length, 3)
  assert.deepEqual((await bench.verify()).problems, [])
  await using crashed = await bench.afterCrash()
  await (await crashed.open()).close()
  assert.deepEqual((await crashed.verify()).problems, [])
  await log.close()
  const report = await bench.verify()
  assert.deepEqual(report.problems, [])
  assert.ok(report.streams.some(({ droppedThrough }) => droppedThrough > 3))
})

test('a process without failures creates no stream for them', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  await log.close()
  assert.deepEqual(await bench.streams(), [log.stream])
})

test('a code is kept to its first 128 characters, and codes that begin alike so far are one kind', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  const code = 'x'.repeat(128)
  for (const [time, end] of ['', 'a', 'b'].entries()) await fail(log, time, code + end)
  await log.close()
  const lines = await counted(bench, log)
  assert.deepEqual(
    lines.map((line) => [line.code === code, line.count]),
    [
      [true, 1],
      [true, 2],
    ],
  )
})

test('a failure that cannot be written is counted, and written when the window ends', async () => {
  const clock = manualClock(0)
  const lines: string[] = []
  let broken = true
  const write = async (line: string): Promise<void> => {
    if (broken) throw new Error('the disk is gone')
    lines.push(line)
  }
  const failures = new UnauthenticatedFailures({ write, clock, logger: silentLogger })
  const failure = { timeMs: 1, code: 'c', requestId: 'r', sourceIp: 'i' }
  await assert.rejects(failures.count(failure), /the disk is gone/)
  await failures.count({ ...failure, timeMs: 2 })
  broken = false
  await failures.close()
  const found = lines.map((line) => (JSON.parse(line) as { unauthenticated: UnauthenticatedLine }).unauthenticated)
  assert.deepEqual(
    found.map(({ count, firstTimeMs, lastTimeMs }) => [count, firstTimeMs, lastTimeMs]),
    [[2, 1, 2]],
  )
})
