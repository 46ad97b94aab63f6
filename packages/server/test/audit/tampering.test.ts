import assert from 'node:assert/strict'
import { cp, mkdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import type { ProblemKind } from '../../src/audit/report.ts'
import { auditSigner, generateAuditKey } from '../../src/crypto/audit-signature.ts'
import { AuditBench, recordOf } from './support/audit-bench.ts'

const RECORDS = 12

describe('every change of the folder is detected', () => {
  let bench: AuditBench
  let stream: string
  let intact: Buffer

  before(async () => {
    bench = await AuditBench.create()
    const log = await bench.open()
    stream = log.stream
    for (let sequence = 0; sequence < RECORDS; sequence += 3) {
      await Promise.all([0, 1, 2].map((more) => log.record(recordOf(sequence + more))))
    }
    await log.close()
    intact = await readFile(bench.segment(stream))
  })

  after(() => bench[Symbol.asyncDispose]())

  const problems = async (content: string | Uint8Array): Promise<ProblemKind[]> => {
    await writeFile(bench.segment(stream), content)
    try {
      return (await bench.verify()).problems.map((problem) => problem.kind)
    } finally {
      await writeFile(bench.segment(stream), intact)
    }
  }

  const lines = (): string[] => intact.toString().split('\n').slice(0, -1)
  const joined = (changed: readonly string[]): string => changed.map((line) => `${line}\n`).join('')
  const records = (): number[] => [...lines().keys()].filter((index) => lines()[index]?.startsWith('{"record"'))

  test('an untouched log has no problems, and counts its records', async () => {
    const report = await bench.verify()
    assert.deepEqual(report.problems, [])
    assert.equal(report.records, RECORDS)
    assert.equal(report.unvouched, 0)
  })

  test('any byte, set to any other value', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(intact.length - 1), fc.integer({ min: 1, max: 255 }), async (at, difference) => {
        const changed = Buffer.from(intact)
        changed[at] = (changed[at] ?? 0) ^ difference
        assert.notDeepEqual(await problems(changed), [])
      }),
      { numRuns: 150 },
    )
  })

  test('each byte of the last head, the genesis and the end, one bit flipped', async () => {
    const last = intact.lastIndexOf('{"head"')
    const end = intact.lastIndexOf('{"end"')
    const places = [...Array(80).keys(), ...range(end, last), ...range(last, intact.length)]
    for (const at of places) {
      const changed = Buffer.from(intact)
      changed[at] = (changed[at] ?? 0) ^ 1
      assert.notDeepEqual(await problems(changed), [], `byte ${at}`)
    }
  })

  test('two records swapped, also far apart', async () => {
    const places = records()
    for (const [a, b] of [
      [0, 1],
      [0, RECORDS - 1],
      [4, 7],
    ] as const) {
      const changed = lines()
      const [first, second] = [places[a] ?? 0, places[b] ?? 0]
      ;[changed[first], changed[second]] = [changed[second] ?? '', changed[first] ?? '']
      assert.deepEqual(await problems(joined(changed)), ['changed'])
    }
  })

  test('any one line removed', async () => {
    for (const index of lines().keys()) {
      assert.notDeepEqual(await problems(joined(lines().toSpliced(index, 1))), [], `line ${index}`)
    }
  })

  test('any one line written twice', async () => {
    for (const [index, line] of lines().entries()) {
      assert.notDeepEqual(await problems(joined(lines().toSpliced(index, 0, line))), [], `line ${index}`)
    }
  })

  test('truncated anywhere, also directly after a head', async () => {
    const places = [...range(0, intact.length)].filter((at) => at % 97 === 0 || intact[at - 1] === 0x0a)
    for (const at of places) assert.notDeepEqual(await problems(intact.subarray(0, at)), [], `at ${at}`)
  })

  test('removing the last record with the end and their heads is detected through the database', async () => {
    const kept = lines().slice(0, records().at(-3))
    assert.ok((await problems(joined(kept))).includes('truncated'))
  })

  test('something appended', async () => {
    assert.deepEqual(await problems(`${intact.toString()}{"record":{}}\n`), ['unknown'])
  })

  test('the report names the segment, and the first wrong byte', async () => {
    const changed = Buffer.from(intact)
    const at = intact.indexOf('GenerateDataKey')
    changed[at] = 0x41
    await writeFile(bench.segment(stream), changed)
    const [problem] = (await bench.verify()).problems
    await writeFile(bench.segment(stream), intact)
    const headAfter = intact.indexOf('\n{"head"', at) + 1
    assert.equal(problem?.kind, 'changed')
    assert.equal(problem.segment, 1)
    assert.equal(problem.offset, headAfter)
  })
})

describe('streams', () => {
  test('a head written twice in a stream without an end', async () => {
    await using bench = await AuditBench.create()
    const log = await bench.open()
    await log.record(recordOf(1))
    const lines = await bench.lines(log.stream)
    await writeFile(bench.segment(log.stream), `${[...lines, lines.at(-1)].join('\n')}\n`)
    const { problems } = await bench.verify()
    assert.deepEqual(
      problems.map(({ kind, message }) => [kind, message]),
      [['changed', 'a head follows a head']],
    )
    await log.close()
  })

  test('a deleted stream is reported as missing, even the last one', async () => {
    await using bench = await AuditBench.create()
    for (const _ of [1, 2]) {
      const log = await bench.open()
      await log.record(recordOf(1))
      await log.close()
    }
    for (const stream of await bench.streams()) {
      const hidden = join(bench.root, stream)
      await rename(join(bench.folder, stream), hidden)
      const { problems } = await bench.verify()
      assert.deepEqual(
        problems.map(({ kind, stream: named }) => [kind, named]),
        [['missing', stream]],
      )
      await rename(hidden, join(bench.folder, stream))
    }
  })

  test('without the database, a deleted stream is detected through its successor', async () => {
    await using bench = await AuditBench.create()
    const first = await bench.open()
    await first.close()
    await (await bench.open()).close()
    await rm(join(bench.folder, first.stream), { recursive: true })
    const { problems } = await bench.verify({ withDatabase: false })
    assert.deepEqual(
      problems.map(({ kind, stream }) => [kind, stream]),
      [['missing', first.stream]],
    )
  })

  test('an older copy of a stream, put in its place', async () => {
    await using bench = await AuditBench.create()
    const log = await bench.open()
    await log.record(recordOf(1))
    const copy = await readFile(bench.segment(log.stream))
    await log.record(recordOf(2))
    await log.close()
    await writeFile(bench.segment(log.stream), copy)
    assert.deepEqual(
      (await bench.verify()).problems.map(({ kind }) => kind),
      ['truncated', 'truncated'],
    )
  })

  test('a stream copied to another name, and a folder that is not a stream', async () => {
    await using bench = await AuditBench.create()
    const log = await bench.open()
    await log.close()
    const copy = '00000000-0000-4000-8000-000000000000'
    await cp(join(bench.folder, log.stream), join(bench.folder, copy), { recursive: true })
    await mkdir(join(bench.folder, 'notes'))
    const { problems } = await bench.verify()
    assert.deepEqual(
      problems.map(({ kind, stream }) => [kind, stream]),
      [
        ['unknown', copy],
        ['unknown', 'notes'],
      ],
    )
  })

  test('a modified row of the database', async () => {
    await using bench = await AuditBench.create()
    const log = await bench.open()
    await log.record(recordOf(1))
    await log.close()
    const [key, row] = [...bench.store.rows][0] ?? assert.fail()
    bench.store.rows.set(key, { ...row, body: row.body.replace('"size":3', '"size":1') })
    assert.deepEqual(
      (await bench.verify()).problems.map(({ kind }) => kind),
      ['database'],
    )
  })

  test('a log signed by another key', async () => {
    await using bench = await AuditBench.create()
    const log = await bench.open({ signer: auditSigner(generateAuditKey().privateKey) })
    await log.close()
    assert.deepEqual(
      (await bench.verify()).problems.map(({ kind }) => kind),
      ['unknown', 'changed'],
    )
  })

  test('damage that the next start finds stays a problem, and nothing is cut', async () => {
    await using bench = await AuditBench.create()
    const first = await bench.open()
    await first.record(recordOf(1))
    await first.close()
    await truncate(bench.segment(first.stream), 900)
    await (await bench.open()).close()
    assert.equal((await readFile(bench.segment(first.stream))).length, 900)
    const kinds = (await bench.verify()).problems.map(({ kind }) => kind)
    assert.ok(kinds.includes('truncated') && kinds.includes('damaged'), String(kinds))
  })
})

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}
