import assert from 'node:assert/strict'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { encodeLine } from '../../src/audit/lines.ts'
import { AuditBench, recordOf } from './support/audit-bench.ts'

const record = encodeLine('record', recordOf(1))
const genesis = encodeLine('genesis', {
  version: 1,
  stream: '00000000-0000-4000-8000-000000000000',
  kind: 'requests',
  publicKey: '',
  durability: 'write',
  timeMs: 0,
  predecessors: [],
})
const position = { segment: 1, bytes: 1, size: 1, root: '0'.repeat(64) }
const opening = encodeLine('segment', {
  stream: '00000000-0000-4000-8000-000000000000',
  kind: 'requests',
  durability: 'write',
  number: 2,
  timeMs: 0,
  reason: 'full',
  previous: position,
  peaks: [],
  droppedThrough: 0,
})

describe('a line that a head covers must have the format of audit.md', () => {
  const forbidden: Record<string, string> = {
    'not JSON': 'hello',
    'an empty line': '',
    'an array': '["record"]',
    'an object without a member': '{}',
    'a second member': record.replace(/}$/, ',"more":{}}'),
    'the same member twice': record.replace(/}$/, `,${record.slice(1)}`),
    'text after the object': `${record}x`,
    'a second object': `${record}${record}`,
    'space before the kind': record.replace('{"', '{ "'),
    'an unknown kind': '{"remark":{"timeMs":1}}',
    'a member that is not an object': '{"record":[]}',
    'a record without an event id': '{"record":{"timeMs":1}}',
    'JSON cut off': record.slice(0, -1),
    'a duplicate member of the record': record.replace('"eventId"', '"eventId":"a","eventId"'),
    'a lone surrogate': record.replace('tést', '\\ud83d'),
    'an end without a time': '{"end":{}}',
    'an unauthenticated line without a count': '{"unauthenticated":{"code":"a"}}',
    'a genesis that is not the first line': genesis,
    'an opening that is not the first line': opening,
  }
  for (const [name, line] of Object.entries(forbidden)) {
    test(name, async () => {
      await using bench = await AuditBench.create()
      const stream = await bench.writeStream([record], [line], [encodeLine('record', recordOf(2))])
      const { problems } = await bench.verify({ withDatabase: false })
      assert.deepEqual([problems[0]?.kind, problems[0]?.segment], ['malformed', 1])
      assert.equal(problems[0]?.offset, bytesBefore(await bench.lines(stream), line))
    })
  }

  test('lines as the service writes them are valid', async () => {
    await using bench = await AuditBench.create()
    await bench.writeStream([record], [encodeLine('record', recordOf(2))], [encodeLine('end', { timeMs: 1 })])
    assert.deepEqual((await bench.verify({ withDatabase: false })).problems, [])
  })

  test('half of a surrogate pair in a record is replaced when it is written', async () => {
    await using bench = await AuditBench.create()
    const log = await bench.open()
    await log.record({ ...recordOf(1), userAgent: 'cut \ud83d' })
    await log.close()
    assert.deepEqual((await bench.verify()).problems, [])
    assert.equal((await bench.eventIds()).length, 1)
  })

  test('a segment of another kind than its stream', async () => {
    await using bench = await AuditBench.create()
    const log = await bench.open({ limits: { requests: { segmentBytes: 100 } } })
    for (const sequence of [1, 2]) await log.record(recordOf(sequence))
    await log.close()
    const path = bench.segment(log.stream, 2)
    const lines = await bench.lines(log.stream, 2)
    await writeFile(path, `${lines.join('\n').replace('"kind":"requests"', '"kind":"unauthenticated"')}\n`)
    assert.ok((await bench.verify()).problems.some(({ kind, segment }) => kind === 'changed' && segment === 2))
  })
})

describe('everything in the audit folder must be described in audit.md', () => {
  const strays: Record<string, (bench: AuditBench, stream: string) => Promise<unknown>> = {
    'a file in a stream': (bench, stream) => writeFile(join(bench.folder, stream, 'notes.txt'), ''),
    'a hidden file in a stream': (bench, stream) => writeFile(join(bench.folder, stream, '.notes'), ''),
    'a segment of nine digits': (bench, stream) => writeFile(join(bench.folder, stream, '000000002.log'), ''),
    'a segment of number 0': (bench, stream) => writeFile(join(bench.folder, stream, '00000000.log'), ''),
    'a segment of another case': (bench, stream) => writeFile(join(bench.folder, stream, '00000002.LOG'), ''),
    'a folder in a stream': (bench, stream) => mkdir(join(bench.folder, stream, '00000009.log')),
    'a link in a stream': (bench, stream) => symlink(bench.segment(stream), join(bench.folder, stream, '00000009.log')),
    'an owner file that is a folder': (bench, stream) => mkdir(join(bench.folder, stream, 'owner.json')),
    'a file beside the streams': (bench) => writeFile(join(bench.folder, 'notes.txt'), ''),
    'a hidden file beside the streams': (bench) => writeFile(join(bench.folder, '.notes'), ''),
    'a file with the name of a stream': (bench) =>
      writeFile(join(bench.folder, '00000000-0000-4000-8000-000000000000'), ''),
    'a link with the name of a stream': (bench, stream) =>
      symlink(join(bench.folder, stream), join(bench.folder, '00000000-0000-4000-8000-000000000000')),
    'a stream id of another version': (bench) => mkdir(join(bench.folder, '00000000-0000-1000-8000-000000000000')),
    'a stream id in upper case': (bench) => mkdir(join(bench.folder, 'ABCDEF00-0000-4000-8000-000000000000')),
  }
  for (const [name, put] of Object.entries(strays)) {
    test(name, async () => {
      await using bench = await AuditBench.create()
      const log = await bench.open()
      await log.record(recordOf(1))
      await log.close()
      await put(bench, log.stream)
      assert.deepEqual(
        (await bench.verify()).problems.map(({ kind }) => kind),
        ['unknown'],
      )
      // Such files do not prevent the service from starting, and none of them is removed.
      await (await bench.open()).close()
      assert.ok((await bench.verify()).problems.some(({ kind }) => kind === 'unknown'))
    })
  }

  test('a stream whose process died while creating it is not a stream', async () => {
    await using bench = await AuditBench.create()
    await (await bench.open()).close()
    await mkdir(join(bench.folder, '.00000000-0000-4000-8000-000000000000'))
    assert.deepEqual((await bench.verify()).problems, [])
  })
})

/** The offset of the last line with this content. */
function bytesBefore(lines: readonly string[], line: string): number {
  return Buffer.byteLength(
    lines
      .slice(0, lines.lastIndexOf(line))
      .map((before) => `${before}\n`)
      .join(''),
  )
}
