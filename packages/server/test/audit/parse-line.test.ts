import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MAX_PREDECESSORS, type Genesis, type SegmentOpening } from '../../src/audit/lines.ts'
import { examineLine, isRecordOfForm, readGenesis, readSegmentOpening } from '../../src/audit/parse-line.ts'
import { recordOf } from './support/audit-bench.ts'

const STREAM = '00000000-0000-4000-8000-000000000000'
const HASH = 'ab'.repeat(32)
const END = { segment: 1, bytes: 2, size: 3, root: HASH }
const CUT = { segment: 1, offset: 2, bytes: 3, sha256: HASH }
const GENESIS: Genesis = {
  version: 1,
  stream: STREAM,
  kind: 'requests',
  publicKey: 'AAAA',
  durability: 'fsync',
  timeMs: 0,
  streams: 1,
  predecessors: [{ stream: STREAM, end: END, cuts: [CUT], damage: 'in words' }],
}
const OPENING: SegmentOpening = {
  stream: STREAM,
  kind: 'unauthenticated',
  durability: 'write',
  number: 2,
  timeMs: 0,
  reason: 'full',
  previous: END,
  peaks: [HASH],
  droppedThrough: 0,
}
const UNVERIFIED = { timeMs: 1, eventId: 'e', sequence: -1, reason: 'not a record', bytes: 1, sha256: HASH }
const UNAUTHENTICATED = {
  code: 'c',
  count: 1,
  firstTimeMs: 1,
  lastTimeMs: 1,
  firstSourceIp: 'i',
  lastSourceIp: 'i',
  requestId: 'r',
}

const lineOf = (kind: string, body: unknown): Buffer => Buffer.from(`{"${kind}":${JSON.stringify(body)}}`)
const NOT_COUNTS = [-1, 0.5, '1', null, 2 ** 53]
const NOT_HASHES = ['', HASH.slice(1), `${HASH}0`, HASH.toUpperCase(), 1, null]

/** By member: values that no writer gives it. */
type Wrong = Readonly<Record<string, readonly unknown[]>>

const POSITION: Wrong = { segment: NOT_COUNTS, bytes: NOT_COUNTS, size: NOT_COUNTS, root: NOT_HASHES }

function* variants(body: object, wrong: Wrong): Generator<[member: string, body: object]> {
  for (const [member, values] of Object.entries(wrong)) {
    for (const value of values) yield [`${member}: ${JSON.stringify(value)}`, { ...body, [member]: value }]
  }
}

const within = (body: object, wrong: Wrong): object[] => [...variants(body, wrong)].map(([, changed]) => changed)

test('a genesis has its form, and names no more streams than one line holds', () => {
  const [predecessor] = GENESIS.predecessors
  const wrong: Wrong = {
    version: [2, '1'],
    stream: [1],
    kind: ['other'],
    publicKey: [null],
    durability: ['none'],
    timeMs: NOT_COUNTS,
    streams: NOT_COUNTS,
    predecessors: [
      {},
      [null],
      Array(MAX_PREDECESSORS + 1).fill(predecessor),
      ...within(predecessor ?? {}, {
        stream: [1],
        damage: [1],
        end: [null, ...within(END, POSITION)],
        cuts: [
          {},
          ...within(CUT, { segment: NOT_COUNTS, offset: NOT_COUNTS, bytes: NOT_COUNTS, sha256: NOT_HASHES }).map(
            (cut) => [cut],
          ),
        ],
      }).map((changed) => [changed]),
    ],
  }
  assert.deepEqual({ ...readGenesis(lineOf('genesis', GENESIS)), predecessors: [] }, { ...GENESIS, predecessors: [] })
  assert.ok(readGenesis(lineOf('genesis', { ...GENESIS, predecessors: Array(MAX_PREDECESSORS).fill(predecessor) })))
  for (const [name, body] of variants(GENESIS, wrong))
    assert.equal(readGenesis(lineOf('genesis', body)), undefined, name)
})

test('an opening has its form', () => {
  const wrong: Wrong = {
    stream: [1],
    kind: ['other'],
    durability: ['none'],
    number: NOT_COUNTS,
    timeMs: NOT_COUNTS,
    reason: ['other', undefined],
    previous: [null, ...within(END, POSITION)],
    peaks: [{}, ...NOT_HASHES.map((hash) => [hash])],
    droppedThrough: NOT_COUNTS,
  }
  assert.ok(readSegmentOpening(lineOf('segment', OPENING)))
  for (const [name, body] of variants(OPENING, wrong)) {
    assert.equal(readSegmentOpening(lineOf('segment', body)), undefined, name)
  }
})

test('every other line has its form, and only one that begins a segment is its first', () => {
  const ofKind: Readonly<Record<string, [body: object, wrong: Wrong]>> = {
    record: [recordOf(1), { eventId: [1], timeMs: ['1'], sequence: NOT_COUNTS }],
    unverified: [
      UNVERIFIED,
      {
        eventId: [1],
        reason: ['other'],
        timeMs: NOT_COUNTS,
        bytes: NOT_COUNTS,
        sequence: [0.5, '1'],
        sha256: NOT_HASHES,
      },
    ],
    unauthenticated: [
      UNAUTHENTICATED,
      {
        count: NOT_COUNTS,
        firstTimeMs: NOT_COUNTS,
        lastTimeMs: NOT_COUNTS,
        code: [1],
        firstSourceIp: [1],
        lastSourceIp: [1],
        requestId: [1],
      },
    ],
    end: [{ timeMs: 1 }, { timeMs: NOT_COUNTS }],
  }
  for (const [kind, [body, wrong]] of Object.entries(ofKind)) {
    assert.equal(typeof examineLine(lineOf(kind, body), false), 'object', kind)
    assert.equal(typeof examineLine(lineOf(kind, body), true), 'string', kind)
    for (const [name, changed] of variants(body, wrong)) {
      assert.equal(typeof examineLine(lineOf(kind, changed), false), 'string', `${kind} ${name}`)
    }
  }
  for (const [kind, body] of Object.entries({ genesis: GENESIS, segment: OPENING })) {
    assert.equal(typeof examineLine(lineOf(kind, body), true), 'object', kind)
    assert.equal(typeof examineLine(lineOf(kind, body), false), 'string', kind)
  }
  assert.equal(typeof examineLine(lineOf('other', {}), false), 'string')
})

test('a line has one member, and a record of the outbox no number', () => {
  const text = JSON.stringify(recordOf(1))
  assert.ok(isRecordOfForm(Buffer.from(`{"record":${text}}`)))
  assert.equal(isRecordOfForm(Buffer.from(`{"record":${text},"more":{}}`)), false)
  assert.equal(isRecordOfForm(lineOf('record', { ...recordOf(1), sequence: 1 })), false)
})
