import assert from 'node:assert/strict'
import { readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { layoutOf } from '../../src/audit/layout.ts'
import { encodeLine, MAX_PREDECESSORS, type Predecessor } from '../../src/audit/lines.ts'
import { readGenesis } from '../../src/audit/parse-line.ts'
import { surveyDeadStreams } from '../../src/audit/predecessors.ts'
import { sha256 } from '../../src/crypto/sha256.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { AuditBench, recordOf } from './support/audit-bench.ts'

const TAIL = '{"record":'

/** No process is alive, and every signature is valid. */
const SURVEY = {
  index: undefined,
  sha256,
  verify: () => true,
  logger: silentLogger,
  owner: { isAlive: async () => false, claim: async () => {}, release: async () => {} },
}

/** Starts the log once more; what its genesis says of another stream, and the bytes of that stream's first segment now. */
async function succeeded(bench: AuditBench, stream: string): Promise<{ predecessor: Predecessor; bytes: number }> {
  const next = await bench.open()
  const [genesis = ''] = await bench.lines(next.stream)
  const found = readGenesis(Buffer.from(genesis))?.predecessors.find((one) => one.stream === stream)
  await next.close()
  const predecessor = found ?? assert.fail('the stream is not named')
  return { predecessor, bytes: (await stat(bench.segment(stream))).size }
}

function edit(bench: AuditBench, id: string, change: (body: string) => string): void {
  const key = `audit_head ${id}`
  const row = bench.store.rows.get(key) ?? assert.fail(`no row ${id}`)
  bench.store.rows.set(key, { ...row, body: change(row.body) })
}

const headOf = (bench: AuditBench, stream: string) =>
  JSON.parse(bench.store.rows.get(`audit_head ${stream}`)?.body ?? '{}') as Record<string, unknown>

/** A stream with a torn tail, whose process has died, and how many bytes of it count. */
async function torn(sequences = 1): Promise<{ bench: AuditBench; stream: string; end: number }> {
  await using alive = await AuditBench.create()
  const log = await alive.open()
  for (let sequence = 1; sequence <= sequences; sequence += 1) await log.record(recordOf(sequence))
  alive.clock.advance(1000)
  await new Promise((resolve) => setImmediate(resolve))
  const bench = await alive.afterCrash()
  await log.close()
  const end = (await readFile(bench.segment(log.stream))).length
  await writeFile(bench.segment(log.stream), TAIL, { flag: 'a' })
  return { bench, stream: log.stream, end }
}

test('a torn tail is cut, and the database says which stream comes after', async () => {
  const { bench, stream, end } = await torn()
  await using _ = bench
  const { predecessor, bytes } = await succeeded(bench, stream)
  assert.deepEqual([bytes, predecessor.damage, predecessor.cuts.length], [end, undefined, 1])
  const head = headOf(bench, stream)
  assert.deepEqual([head['ended'], head['bytes'], typeof head['successor']], [true, end, 'string'])
})

test('a row that is not authentic is damage: it stays as it is, and nothing is cut', async () => {
  const { bench, stream, end } = await torn()
  await using _ = bench
  edit(bench, stream, (body) => body.replace('"segment":1', '"segment":2'))
  const before = headOf(bench, stream)
  const { predecessor, bytes } = await succeeded(bench, stream)
  assert.deepEqual([bytes, predecessor.cuts], [end + TAIL.length, []])
  assert.match(predecessor.damage ?? '', /not authentic/)
  assert.deepEqual(headOf(bench, stream), before)
})

test('an older row that was put back is damage, and nothing is cut', async () => {
  const { bench, stream, end } = await torn()
  await using _ = bench
  const older = bench.store.rows.get(`audit_head ${stream}`) ?? assert.fail()
  await succeeded(bench, stream)
  await writeFile(bench.segment(stream), TAIL, { flag: 'a' })
  bench.store.rows.set(`audit_head ${stream}`, older)
  const { predecessor, bytes } = await succeeded(bench, stream)
  assert.match(predecessor.damage ?? '', /older one: the stream had a successor/)
  assert.deepEqual([bytes, predecessor.cuts], [end + TAIL.length, []])
})

test('a loss that the database knows of is damage: the tail stays, and the row says what there was', async () => {
  const { bench, stream } = await torn(2)
  await using _ = bench
  const lines = await bench.lines(stream)
  const secondHead = lines.findIndex((line, index) => index > 1 && line.startsWith('{"head"')) + 1
  const shorter = lines
    .slice(0, secondHead)
    .map((line) => `${line}\n`)
    .join('')
  await writeFile(bench.segment(stream), shorter + TAIL)
  const { predecessor, bytes } = await succeeded(bench, stream)
  assert.match(predecessor.damage ?? '', /1 lines that the database/)
  assert.deepEqual([bytes, predecessor.cuts], [Buffer.byteLength(shorter + TAIL), []])
  assert.deepEqual([headOf(bench, stream)['size'], headOf(bench, stream)['ended']], [3, true])
})

test('a stream that was closed may be neither longer nor shorter, and no segment may follow it', async () => {
  for (const change of [
    async (path: string) => truncate(path, (await readFile(path)).length - 1),
    (path: string) => writeFile(path, '\n', { flag: 'a' }),
    (path: string) => writeFile(path.replace('1.log', '2.log'), ''),
  ]) {
    await using bench = await AuditBench.create()
    const log = await bench.open()
    await log.close()
    await change(bench.segment(log.stream))
    const { predecessor } = await succeeded(bench, log.stream)
    assert.match(predecessor.damage ?? '', /do not end where the stream was closed/)
  }
})

test('lines that were changed at the level `write` may be torn, unless the database does not know the stream', async () => {
  await using bench = await AuditBench.create()
  const batches = [1, 2, 3].map((sequence) => [encodeLine('record', recordOf(sequence))])
  const stream = await bench.writeStream(...batches)
  const text = await readFile(bench.segment(stream), 'utf8')
  await writeFile(bench.segment(stream), text.replace('GenerateDataKey', 'GenerateDataKeX'))
  const head = { kind: 'requests', ended: false, segment: 1, bytes: 1, size: 1, root: '' } as const
  const survey = async (known: boolean) => {
    const rows = new Map(known ? [[stream, { stream, version: 1, head }]] : [])
    const [found] = await surveyDeadStreams({ ...SURVEY, folder: bench.folder, rows })
    return found?.predecessor
  }
  const unknown = await survey(false)
  assert.deepEqual([typeof unknown?.damage, unknown?.cuts], ['string', []])
  const known = await survey(true)
  assert.deepEqual([known?.damage, known?.cuts.length], [undefined, 1])
})

test('a segment that is longer than any writer makes is damage, and is not read', async () => {
  const { bench, stream } = await torn()
  await using _ = bench
  await truncate(bench.segment(stream), 512 * 2 ** 20 + 1)
  const { predecessor } = await succeeded(bench, stream)
  assert.match(predecessor.damage ?? '', /longer than any writer/)
})

test('one genesis names as many streams as it can, and the others wait', async () => {
  await using bench = await AuditBench.create()
  const head = { kind: 'requests', ended: true, segment: 1, bytes: 1, size: 1, root: sha256('') } as const
  const rows = new Map(
    Array.from({ length: MAX_PREDECESSORS + 5 }, (_, index) => {
      const stream = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`
      return [stream, { stream, version: 1, head }]
    }),
  )
  const found = await surveyDeadStreams({ ...SURVEY, folder: bench.folder, rows })
  assert.equal(found.length, MAX_PREDECESSORS)
})

test('a stream has one successor', async () => {
  await using bench = await AuditBench.create()
  const first = await bench.open()
  await first.close()
  const second = await bench.open()
  await second.close()
  const third = await bench.open()
  await third.close()
  const { segments } = await layoutOf(bench.folder, third.stream)
  assert.deepEqual(
    segments[0]?.genesis?.predecessors.map(({ stream }) => stream),
    [second.stream],
  )
})
