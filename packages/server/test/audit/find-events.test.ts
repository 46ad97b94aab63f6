import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { folder } from '../../../../tools/testing/folder.ts'
import { findWrittenEvents } from '../../src/audit/find-events.ts'
import { encodeLine, type Genesis, type SegmentOpening } from '../../src/audit/lines.ts'
import { sha256 } from '../../src/crypto/sha256.ts'
import { recordOf } from './support/audit-bench.ts'

const HOUR_MS = 3_600_000
const NOW_MS = 10 * HOUR_MS

/** A record in a stream; without a sequence it was written by an older Keyhold. */
const line = (number: number, sequence: number | undefined = number): string =>
  `${encodeLine('record', { ...recordOf(number, NOW_MS), ...(sequence !== undefined && { sequence }) })}\n`

/** An entry of the outbox. */
const waits = (number: number, { authentic = true, sequence = number } = {}) => {
  const record = recordOf(number, NOW_MS)
  return { eventId: record.eventId, record: encodeLine('record', record), sequence, authentic }
}

interface WrittenSegment {
  text: string
  startMs: number
}

/** Numbers of the records that are found in a dead stream of these segments, whose last ends after `bytes`. */
async function found(
  segments: readonly WrittenSegment[],
  outbox: readonly ReturnType<typeof waits>[],
  bytes = Buffer.byteLength(segments.at(-1)?.text ?? ''),
): Promise<number[]> {
  await using files = await folder()
  const layout = await Promise.all(
    segments.map(async ({ text, startMs }, index) => {
      const number = index + 1
      await writeFile(files.path(`${number}`), text)
      const begins =
        number === 1 ? { genesis: { timeMs: startMs } as Genesis } : { opening: { timeMs: startMs } as SegmentOpening }
      return { number, path: files.path(`${number}`), end: Infinity, fileBytes: Buffer.byteLength(text), ...begins }
    }),
  )
  const end = { segment: segments.length, bytes, size: 1, root: sha256('') }
  const dead = {
    predecessor: { stream: 's', end, cuts: [] },
    layout: { stream: 's', segments: layout, torn: [], strangers: [] },
  }
  return [...(await findWrittenEvents([dead], outbox))]
    .map((eventId) => Number(eventId.slice(-12)))
    .toSorted((a, b) => a - b)
}

test('an entry is found if the stream has its record with its number, and no other', async () => {
  const segment = { text: line(1) + line(2, 9) + encodeLine('record', recordOf(3, NOW_MS)) + '\n', startMs: NOW_MS }
  assert.deepEqual(await found([segment], [waits(1), waits(2), waits(3), waits(4)]), [1])
})

test('an entry that does not verify is not found: it is not dropped for a record of another', async () => {
  const segment = { text: line(1) + line(2), startMs: NOW_MS }
  assert.deepEqual(await found([segment], [waits(1, { authentic: false }), waits(2)]), [2])
})

test('what lies behind the end of the stream is not in it', async () => {
  const text = line(1) + line(2)
  assert.deepEqual(await found([{ text, startMs: NOW_MS }], [waits(1), waits(2)], Buffer.byteLength(line(1))), [1])
})

test('segments are read back to those that were begun before the oldest entry, ten minutes of a wrong clock included', async () => {
  const segments = (...startsMs: number[]): WrittenSegment[] =>
    startsMs.map((startMs, index) => ({ text: line(index + 1), startMs }))
  const all = [waits(1), waits(2), waits(3)]
  assert.deepEqual(await found(segments(NOW_MS, NOW_MS, NOW_MS), all), [1, 2, 3])
  assert.deepEqual(await found(segments(0, NOW_MS - 600_000, NOW_MS), all), [1, 2, 3])
  assert.deepEqual(await found(segments(0, NOW_MS - 600_001, NOW_MS), all), [2, 3])
})
