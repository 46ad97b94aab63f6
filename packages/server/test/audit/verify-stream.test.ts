import assert from 'node:assert/strict'
import { mkdir, truncate, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { openHead, signHead } from '../../src/audit/head.ts'
import { layoutOf } from '../../src/audit/layout.ts'
import { encodeLine, type Genesis, type Position, type SegmentOpening } from '../../src/audit/lines.ts'
import { leafHashOfText, MerkleTree } from '../../src/audit/merkle.ts'
import { verifyStream } from '../../src/audit/verify-stream.ts'
import { auditVerifier } from '../../src/crypto/audit-signature.ts'
import { sha256 } from '../../src/crypto/sha256.ts'
import { AuditBench, auditKey, recordOf } from './support/audit-bench.ts'

const STREAM = '00000000-0000-4000-8000-000000000000'
const GENESIS: Genesis = {
  version: 1,
  stream: STREAM,
  kind: 'requests',
  publicKey: Buffer.from(auditKey.publicKey).toString('base64'),
  durability: 'fsync',
  timeMs: 1,
  predecessors: [],
}

/** Two segments, signed by the folder's own key, the second of which begins with an opening that the writer would not write. */
async function problemsOf(
  change: (opening: SegmentOpening) => SegmentOpening,
  { publicKey = GENESIS.publicKey, behind = '' } = {},
): Promise<string[]> {
  await using bench = await AuditBench.create()
  await mkdir(dirname(bench.segment(STREAM)), { recursive: true })
  const tree = new MerkleTree(sha256)
  const batch = (...lines: string[]): string => {
    for (const line of lines) tree.addLeaf(leafHashOfText(sha256, line))
    const head = signHead(auditKey, STREAM, { size: tree.size, root: tree.root(), timeMs: 1 })
    return [...lines, head].map((line) => `${line}\n`).join('')
  }
  const lines = [1, 2].map((sequence) => encodeLine('record', recordOf(sequence)))
  const first = batch(encodeLine('genesis', { ...GENESIS, publicKey }), ...lines)
  const previous = { segment: 1, bytes: Buffer.byteLength(first), size: tree.size, root: tree.root() }
  const { kind, durability } = GENESIS
  const common = { stream: STREAM, kind, durability, number: 2, timeMs: 1, reason: 'full', droppedThrough: 0 } as const
  const opening = change({ ...common, previous, peaks: [...tree.peaks] })
  await writeFile(bench.segment(STREAM), first + behind)
  await writeFile(bench.segment(STREAM, 2), batch(encodeLine('segment', opening), ...lines))
  const { problems } = await bench.verify({ withDatabase: false })
  return problems.map(({ kind: found, segment, message }) => `${found} ${segment}: ${message}`)
}

test('a segment that continues the one before, also behind one that was abandoned, is sound', async () => {
  assert.deepEqual(await problemsOf((opening) => opening), [])
  assert.deepEqual(await problemsOf((opening) => ({ ...opening, reason: 'failure' }), { behind: 'torn' }), [])
})

test('bytes behind a segment that was full were added', async () => {
  assert.deepEqual(await problemsOf((opening) => opening, { behind: 'more' }), [
    'unknown 1: bytes follow the end of the segment',
  ])
})

const OTHER_HASH = 'ab'.repeat(32)
const OTHERS: Readonly<Record<string, (opening: SegmentOpening) => SegmentOpening>> = {
  'another size': (opening) => ({ ...opening, previous: { ...opening.previous, size: 2 } }),
  'another root': (opening) => ({ ...opening, previous: { ...opening.previous, root: OTHER_HASH } }),
  'other peaks': (opening) => ({ ...opening, peaks: opening.peaks.map(() => OTHER_HASH) }),
  'no peaks': (opening) => ({ ...opening, peaks: [] }),
  'another kind': (opening) => ({ ...opening, kind: 'unauthenticated' }),
  'another level': (opening) => ({ ...opening, durability: 'write' }),
}

for (const [name, change] of Object.entries(OTHERS)) {
  test(`a segment whose opening says ${name} continues no stream, even if its signature is valid`, async () => {
    assert.deepEqual(await problemsOf(change), ['changed 2: the segment does not continue the one before'])
  })
}

/** Problems of a stream of which only the second segment is left, as its opening describes it. */
async function problemsOfRest(described: Partial<SegmentOpening>): Promise<string[]> {
  await using bench = await AuditBench.create()
  await mkdir(dirname(bench.segment(STREAM)), { recursive: true })
  const tree = new MerkleTree(sha256)
  tree.addLeaf(leafHashOfText(sha256, 'dropped'))
  const previous = { segment: 1, bytes: 9, size: 1, root: tree.root() }
  const common = {
    stream: STREAM,
    durability: 'fsync',
    number: 2,
    timeMs: 1,
    reason: 'full',
    droppedThrough: 1,
  } as const
  const line = encodeLine('segment', {
    ...common,
    kind: 'unauthenticated',
    previous,
    peaks: [...tree.peaks],
    ...described,
  })
  tree.addLeaf(leafHashOfText(sha256, line))
  const head = signHead(auditKey, STREAM, { size: tree.size, root: tree.root(), timeMs: 1 })
  await writeFile(bench.segment(STREAM, 2), `${line}\n${head}\n`)
  const { problems } = await bench.verify({ withDatabase: false })
  return problems.map(({ kind, message }) => `${kind}: ${message}`)
}

test('only the beginning of a stream of unauthenticated failures may have been dropped', async () => {
  assert.deepEqual(await problemsOfRest({}), [])
  assert.deepEqual(await problemsOfRest({ kind: 'requests' }), ['missing: the first segments are missing'])
})

test('an opening whose peaks are not those of its root contradicts itself', async () => {
  for (const peaks of [[OTHER_HASH], [], [OTHER_HASH, OTHER_HASH]]) {
    assert.deepEqual(await problemsOfRest({ peaks }), ['changed: the opening of the segment contradicts itself'])
  }
})

test('a head counts the lines before it, even if its signature is valid', async () => {
  await using bench = await AuditBench.create()
  const stream = await bench.writeStream([encodeLine('record', recordOf(1))])
  const [genesis = '', head = ''] = await bench.lines(stream)
  const { size, root } = openHead(auditVerifier(auditKey.publicKey), stream, head) ?? assert.fail()
  const other = signHead(auditKey, stream, { size: size + 1, root, timeMs: 1 })
  await writeFile(bench.segment(stream), `${genesis}\n${other}\n`)
  const kinds = (await bench.verify({ withDatabase: false })).problems.map(({ kind }) => kind)
  assert.deepEqual(kinds, ['changed'])
})

test('no line follows the end of a stream', async () => {
  await using bench = await AuditBench.create()
  const end = encodeLine('end', { timeMs: 1 })
  for (const [batches, kinds] of [
    [[[end]], []],
    [[[end, encodeLine('record', recordOf(1))]], ['changed']],
    [[[end], [encodeLine('record', recordOf(1))]], ['changed']],
  ] as const) {
    const stream = await bench.writeStream(...batches)
    const { problems } = await bench.verify({ withDatabase: false })
    assert.deepEqual(
      problems.filter((problem) => problem.stream === stream).map(({ kind }) => kind),
      kinds,
    )
  }
})

test('what a later stream says of one that was damaged is compared with it', async () => {
  await using bench = await AuditBench.create()
  const stream = await bench.writeStream([encodeLine('record', recordOf(1))])
  const options = { sha256, verify: auditVerifier(auditKey.publicKey), publicKey: GENESIS.publicKey }
  const pinned = async (end: Partial<Position>): Promise<string[]> => {
    const layout = await layoutOf(bench.folder, stream)
    const { end: found } = await verifyStream(layout, { pins: [] }, options)
    const pins = [{ stream, end: { ...found, ...end }, cuts: [], damage: 'in words' }]
    return (await verifyStream(layout, { pins }, options)).problems.map(({ kind }) => kind)
  }
  assert.deepEqual(await pinned({}), [])
  assert.deepEqual(await pinned({ size: 9 }), ['truncated'])
  assert.deepEqual(await pinned({ root: OTHER_HASH }), ['changed'])
})

test('a stream that names another key is not of this folder, even where the heads verify', async () => {
  const publicKey = Buffer.alloc(32).toString('base64')
  assert.deepEqual(await problemsOf((opening) => opening, { publicKey }), [
    'unknown 1: the stream is signed by another key',
  ])
})

test('a record that no head covers counts as no change', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  await bench.commit(log, 1)
  await log.relay()
  await using crashed = await bench.afterCrash()
  const lines = await crashed.lines(log.stream)
  await truncate(
    crashed.segment(log.stream),
    Buffer.byteLength(
      lines
        .slice(0, -1)
        .map((line) => `${line}\n`)
        .join(''),
    ),
  )
  crashed.store.outbox.clear()
  const messages = (await crashed.verify()).problems.map(({ message }) => message)
  assert.ok(messages.includes('change 1 has no record'), messages.join('\n'))
  await log.close()
})

test('what the inspection of the database finds is a problem of the log', async () => {
  await using bench = await AuditBench.create()
  await (await bench.open()).close()
  const { inspectLedger } = bench.store
  bench.store.inspectLedger = async () => ({ ...(await inspectLedger.call(bench.store)), problems: ['a row is gone'] })
  const { problems } = await bench.verify()
  assert.deepEqual(problems, [{ kind: 'database', stream: 'keyhold.db', message: 'a row is gone' }])
})

test('twenty forged entries of a stream are named', async () => {
  await using bench = await AuditBench.create()
  const log = await bench.open()
  const forged = { timeMs: 1, sequence: 1, reason: 'not a record', bytes: 1, sha256: OTHER_HASH } as const
  const lines = Array.from({ length: 25 }, (_, index) => encodeLine('unverified', { ...forged, eventId: `${index}` }))
  await log.close()
  const stream = await bench.writeStream(lines)
  const { problems } = await bench.verify({ withDatabase: false })
  assert.equal(problems.filter((problem) => problem.stream === stream && problem.kind === 'database').length, 20)
})
