import assert from 'node:assert/strict'
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { layoutOf, listStreams } from '../../src/audit/layout.ts'
import { encodeLine, type SegmentOpening } from '../../src/audit/lines.ts'
import { AuditBench, recordOf } from './support/audit-bench.ts'

const HASH = 'ab'.repeat(32)
const STREAM = '00000000-0000-4000-8000-000000000000'

/** A stream of several segments. */
async function written(bench: AuditBench): Promise<string> {
  const log = await bench.open({ limits: { requests: { segmentBytes: 1000 } } })
  for (let sequence = 0; sequence < 4; sequence += 1) await log.record(recordOf(sequence))
  await log.close()
  return log.stream
}

const numbers = (segments: readonly { number: number }[]): number[] => segments.map(({ number }) => number)

test('segments of another place or another stream are none of this stream', async () => {
  await using bench = await AuditBench.create()
  const stream = await written(bench)
  const other = await written(bench)
  const intact = await layoutOf(bench.folder, stream)
  const [first = 0, second = 0] = numbers(intact.segments)
  const last = numbers(intact.segments).at(-1) ?? 0
  assert.ok(last > second + 1)
  for (const [from, to] of [
    [bench.segment(other, second), last + 1],
    [bench.segment(stream, second), last + 1],
    [bench.segment(stream, first), last + 1],
  ] as const) {
    await cp(from, bench.segment(stream, to))
    const { segments, torn } = await layoutOf(bench.folder, stream)
    assert.deepEqual([numbers(segments), numbers(torn)], [numbers(intact.segments), [to]])
  }
  await cp(bench.segment(other, last), bench.segment(stream, last))
  const replaced = await layoutOf(bench.folder, stream)
  assert.deepEqual([numbers(replaced.segments).at(-1), numbers(replaced.torn)], [last - 1, [last, last + 1]])
  await cp(bench.segment(other, first), bench.segment(stream, first))
  assert.deepEqual((await layoutOf(bench.folder, stream)).missing, first)
})

test('openings that lead in a circle, or forward, lead nowhere', { timeout: 20_000 }, async () => {
  await using bench = await AuditBench.create()
  const opening = (number: number, previous: number): SegmentOpening => ({
    stream: STREAM,
    kind: 'requests',
    durability: 'fsync',
    number,
    timeMs: 0,
    reason: 'full',
    previous: { segment: previous, bytes: 1, size: 1, root: HASH },
    peaks: [HASH],
    droppedThrough: 0,
  })
  await mkdir(dirname(bench.segment(STREAM)), { recursive: true })
  for (const [number, previous] of [
    [2, 3],
    [3, 2],
  ] as const) {
    await writeFile(bench.segment(STREAM, number), `${encodeLine('segment', opening(number, previous))}\n`)
  }
  const circle = await layoutOf(bench.folder, STREAM)
  assert.deepEqual([numbers(circle.segments), circle.missing], [[2, 3], 3])
  await writeFile(bench.segment(STREAM, 3), `${encodeLine('segment', opening(3, 3))}\n`)
  const itself = await layoutOf(bench.folder, STREAM)
  assert.deepEqual([numbers(itself.segments), itself.missing], [[3], 3])
})

test('segments that were declared dropped are not missing, and others are', async () => {
  await using bench = await AuditBench.create()
  await mkdir(dirname(bench.segment(STREAM)), { recursive: true })
  const previous = { segment: 4, bytes: 1, size: 1, root: HASH }
  const common = { stream: STREAM, kind: 'unauthenticated', durability: 'fsync', timeMs: 0, reason: 'full' } as const
  for (const [droppedThrough, missing] of [
    [4, undefined],
    [3, 4],
  ] as const) {
    const opening = { ...common, number: 5, previous, peaks: [HASH], droppedThrough }
    await writeFile(bench.segment(STREAM, 5), `${encodeLine('segment', opening)}\n`)
    assert.equal((await layoutOf(bench.folder, STREAM)).missing, missing)
  }
})

test('what is neither a stream nor a segment is named, and a stream being made is not', async () => {
  await using bench = await AuditBench.create()
  const stream = await written(bench)
  for (const name of [`.${STREAM}`, 'notes', `.notes`]) await mkdir(`${bench.folder}/${name}`)
  await writeFile(`${bench.folder}/${STREAM}`, '')
  await writeFile(`${dirname(bench.segment(stream))}/00000000.log`, '')
  await mkdir(bench.segment(stream, 77))
  assert.deepEqual(await listStreams(bench.folder), { streams: [stream], strangers: ['.notes', STREAM, 'notes'] })
  assert.deepEqual((await layoutOf(bench.folder, stream)).strangers, ['00000000.log', '00000077.log'])
})
