import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { readGenesis } from '../../src/audit/parse-line.ts'
import { auditSigner, generateAuditKey } from '../../src/crypto/audit-signature.ts'
import { sha256 } from '../../src/crypto/sha256.ts'
import { AuditBench, recordOf } from './support/audit-bench.ts'
import { WatchedFiles } from './support/watched-files.ts'

test('a batch torn at any byte is cut by the next start, which records what it cut; nothing before it is lost', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  await log.record(recordOf(1))
  const before = (await readFile(bench.segment(log.stream))).length
  await Promise.all([log.record(recordOf(2)), log.record(recordOf(3))])
  const whole = await readFile(bench.segment(log.stream))

  for (let length = before; length <= whole.length; length += length > whole.length - 220 ? 1 : 17) {
    await using crashed = await bench.afterCrash()
    const path = crashed.segment(log.stream)
    await truncate(path, length)
    const unvouched = whole.subarray(before, length).toString().split('\n').length - 1
    const found = await crashed.verify()
    assert.deepEqual(found.problems, [], `torn at ${length}, before the next start`)
    assert.equal(found.unvouched, length === whole.length ? 0 : Math.min(unvouched, 2))

    const next = await crashed.open()
    const kept = length === whole.length ? whole.length : before
    assert.equal((await readFile(path)).length, kept)
    const [genesis = ''] = await crashed.lines(next.stream)
    const [predecessor] = readGenesis(Buffer.from(genesis))?.predecessors ?? []
    const removed = whole.subarray(kept, length)
    const cut = { segment: 1, offset: kept, bytes: removed.length, sha256: sha256(removed) }
    assert.deepEqual(
      predecessor?.cuts.map((found) => ({ ...found })),
      removed.length === 0 ? [] : [cut],
    )
    await next.close()
    const report = await crashed.verify()
    assert.deepEqual(report.problems, [])
    assert.equal(report.records, length === whole.length ? 3 : 1)
  }
  await log.close()
})

test('the recovery is durable before anything is cut', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  await log.record(recordOf(1))
  await using crashed = await bench.afterCrash()
  await writeFile(crashed.segment(log.stream), 'torn', { flag: 'a' })
  const files = new WatchedFiles()
  const next = await crashed.open({ files, durability: 'fsync' })
  const { calls } = files
  assert.deepEqual(
    calls.filter((call) => /write 0|datasync|truncate/.test(call)),
    ['write 00000001.log', 'datasync 00000001.log', 'truncate 00000001.log'],
  )
  await next.close()
  await log.close()
})

test('a crash between the recovery and the cut leaves a valid log, and the next start cuts', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  await log.record(recordOf(1))
  await using crashed = await bench.afterCrash()
  await writeFile(crashed.segment(log.stream), '{"record":', { flag: 'a' })
  const files = new WatchedFiles()
  files.fail = (call) => call === 'truncate'
  await assert.rejects(crashed.open({ files }), /truncate failed/)
  await using again = await crashed.afterCrash()
  assert.deepEqual((await again.verify()).problems, [])
  await (await again.open()).close()
  assert.deepEqual((await again.verify()).problems, [])
  assert.equal((await again.lines(log.stream)).at(-1)?.startsWith('{"head"'), true)
  await log.close()
})

test('bytes after the end are accepted only if they are those that the successor announced to cut', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  await log.record(recordOf(1))
  const end = (await readFile(bench.segment(log.stream))).length
  await using crashed = await bench.afterCrash()
  await writeFile(crashed.segment(log.stream), '{"record":', { flag: 'a' })
  await writeFile(crashed.segment(log.stream, 2), '{"segment":')
  const files = new WatchedFiles()
  files.fail = (call) => call === 'truncate'
  await assert.rejects(crashed.open({ files }), /truncate failed/)
  assert.deepEqual((await crashed.verify()).problems, [])
  for (const [number, at] of [
    [1, end],
    [2, 0],
  ] as const) {
    const path = crashed.segment(log.stream, number)
    const declared = await readFile(path)
    const changed = Buffer.from(declared)
    changed[at + 2] = 0x58
    for (const other of [changed, declared.subarray(0, -1), Buffer.concat([declared, Buffer.of(0x20)])]) {
      await writeFile(path, other)
      const { problems } = await crashed.verify()
      assert.deepEqual(
        problems.map(({ kind, segment, offset }) => [kind, segment, offset]),
        [['unknown', number, at]],
      )
    }
    await writeFile(path, declared)
  }
  await log.close()
})

test('zeros that a power failure left in the last batch are a torn tail, even before an intact head', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open({ durability: 'fsync' })
  await log.record(recordOf(1))
  const before = (await readFile(bench.segment(log.stream))).length
  await log.record(recordOf(2))
  await using crashed = await bench.afterCrash()
  const holed = await readFile(crashed.segment(log.stream))
  await writeFile(crashed.segment(log.stream), holed.fill(0, before + 10, before + 200))
  await (await crashed.open()).close()
  assert.deepEqual((await crashed.verify()).problems, [])
  assert.deepEqual(await crashed.eventIds(), [recordOf(1).eventId])
  await log.close()
})

test('a line changed further back is not a torn tail: nothing is cut', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open({ durability: 'fsync' })
  for (const sequence of [1, 2, 3]) await log.record(recordOf(sequence))
  await using crashed = await bench.afterCrash()
  const changed = (await readFile(crashed.segment(log.stream))).toString().replace('GenerateDataKey', 'GenerateDataKeX')
  await writeFile(crashed.segment(log.stream), changed)
  await (await crashed.open()).close()
  assert.equal((await readFile(crashed.segment(log.stream))).toString(), changed)
  const kinds = (await crashed.verify()).problems.map(({ kind }) => kind)
  assert.ok(kinds.includes('changed') && kinds.includes('damaged'), String(kinds))
  await log.close()
})

test('records that the database covers are never cut, and their loss is detected', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  await log.record(recordOf(1))
  const length = (await readFile(bench.segment(log.stream))).length
  await log.record(recordOf(2))
  bench.clock.advance(1000)
  await new Promise((resolve) => setImmediate(resolve))
  await using crashed = await bench.afterCrash()
  await truncate(crashed.segment(log.stream), length)
  assert.deepEqual(
    (await crashed.verify()).problems.map(({ kind }) => kind),
    ['truncated'],
  )
  await (await crashed.open()).close()
  assert.ok((await crashed.verify()).problems.some(({ kind }) => kind === 'damaged'))
  await log.close()
})

/** What a disk, or a user with write access to the audit folder, can leave in the place of a dead stream. */
const OBSTACLES: Readonly<Record<string, (bench: AuditBench, stream: string) => Promise<void>>> = {
  'a last segment that is larger than can be read': (bench, stream) => truncate(bench.segment(stream), 3 * 2 ** 30),
  'a segment after the last that is larger than can be read': async (bench, stream) => {
    await writeFile(bench.segment(stream, 2), '')
    await truncate(bench.segment(stream, 2), 3 * 2 ** 30)
  },
  'a pipe in the place of the owner file': async (bench, stream) => {
    execFileSync('mkfifo', [join(bench.folder, stream, 'owner.json')])
  },
  'a stream folder that is a file': async (bench, stream) => {
    await rm(join(bench.folder, stream), { recursive: true })
    await writeFile(join(bench.folder, stream), '')
  },
}

for (const [what, obstruct] of Object.entries(OBSTACLES)) {
  test(`${what} prevents no start`, { timeout: 20_000 }, async () => {
    await using bench = await AuditBench.create()
    const log = await bench.open({ durability: 'fsync' })
    await log.record(recordOf(1))
    await using crashed = await bench.afterCrash()
    await obstruct(crashed, log.stream)
    const next = await crashed.open()
    await next.record(recordOf(2))
    await next.close()
    await log.close()
  })
}

test('a stream signed by another key is left alone', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  for (const sequence of [1, 2]) await log.record(recordOf(sequence))
  await using crashed = await bench.afterCrash()
  const before = await readFile(crashed.segment(log.stream))
  const next = await crashed.open({ signer: auditSigner(generateAuditKey().privateKey) })
  assert.deepEqual(await readFile(crashed.segment(log.stream)), before)
  await next.close()
  await log.close()
})

test('after repeated crashes, every stream has a successor and the log is valid', async () => {
  let bench = await AuditBench.create()
  for (let round = 0; round < 5; round += 1) {
    const log = await bench.open()
    await log.record(recordOf(round))
    const crashed = await bench.afterCrash()
    await log.close()
    await bench[Symbol.asyncDispose]()
    bench = crashed
  }
  await (await bench.open()).close()
  const report = await bench.verify()
  assert.deepEqual(report.problems, [])
  assert.equal(report.records, 5)
  assert.deepEqual(
    report.streams.map(({ ended }) => ended),
    Array(6).fill(true),
  )
  await bench[Symbol.asyncDispose]()
})
