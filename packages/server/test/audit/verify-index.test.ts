import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { HeadRow, StreamHead, StreamIndex } from '../../src/audit/head-rows.ts'
import type { Genesis } from '../../src/audit/lines.ts'
import type { Pin } from '../../src/audit/pins.ts'
import { checkIndex, type IndexedStreams } from '../../src/audit/verify-index.ts'

const AT = { segment: 1, bytes: 1, root: 'root' }

/** The first stream has ended and has the second for its successor, which is being written; a third has ended. */
const HEADS: Readonly<Record<string, StreamHead>> = {
  first: { ...AT, kind: 'requests', size: 5, ended: true, successor: 'second' },
  second: { ...AT, kind: 'requests', size: 2, ended: false },
  third: { ...AT, kind: 'unauthenticated', size: 9, ended: true },
}
const PIN: Pin = { by: 'second', stream: 'first', end: { ...AT, size: 5 }, cuts: [] }
const INDEX: StreamIndex = { streams: 3, made: 0, tips: { second: null, third: 9 } }

interface Change {
  index?: Partial<StreamIndex> | 'forged' | 'missing'
  heads?: Readonly<Record<string, StreamHead | undefined>>
  removed?: readonly string[]
  pins?: readonly Pin[]
  geneses?: Readonly<Record<string, { streams?: number }>>
  streamsNow?: number | undefined
}

function indexOf(index: Change['index']): IndexedStreams['index'] {
  if (index === 'missing') return undefined
  return index === 'forged' ? { version: 1 } : { version: 1, index: { ...INDEX, ...index } }
}

function check({ index, heads, removed = [], pins = [PIN], geneses, ...rest }: Change = {}): string[] {
  const rows = Object.entries({ ...HEADS, ...heads })
    .filter(([stream]) => !removed.includes(stream))
    .map(([stream, head]): [string, HeadRow] => [stream, { stream, version: 1, ...(head && { head }) }])
  const begun = geneses ?? { first: { streams: 1 }, second: { streams: 2 }, third: { streams: 3 } }
  const found = checkIndex({
    index: indexOf(index),
    rows: new Map(rows),
    pins: {
      pins: new Map([['first', [...pins]]]),
      geneses: new Map(Object.entries(begun) as [string, Genesis][]),
    },
    streamsNow: 'streamsNow' in rest ? rest.streamsNow : 3,
  })
  return [...found].map(({ kind, stream, message }) => `${kind} ${stream}: ${message}`)
}

test('an index, its rows and the geneses that agree have no problem', () => {
  assert.deepEqual(check(), [])
  assert.deepEqual(check({ heads: { second: undefined } }), [], 'a forged row is reported as such')
  assert.deepEqual(check({ streamsNow: undefined }), [])
})

const CONTRADICTIONS: readonly (readonly [string, Change, RegExp])[] = [
  ['the index is missing', { index: 'missing' }, /^missing index/],
  [
    'the index and all rows are missing',
    { index: 'missing', removed: Object.keys(HEADS), geneses: {} },
    /^missing index/,
  ],
  ['the index is forged', { index: 'forged' }, /not authentic/],
  ['a stream is counted that has no row', { index: { streams: 4 } }, /4 streams were begun.* 3/],
  ['a row is missing', { index: { streams: 2 }, removed: ['second'] }, /^missing second: its row/],
  [
    'a row names a successor that the index does not know',
    { index: { tips: { first: 5, ...INDEX.tips } } },
    /index is older/,
  ],
  ['a row has lost its successor', { heads: { first: { ...HEADS['first']!, successor: undefined } } }, /older one/],
  ['a stream has been opened again', { heads: { third: { ...HEADS['third']!, ended: false } } }, /whether and where/],
  [
    'a stream has ended that the index takes for open',
    { heads: { second: { ...HEADS['second']!, ended: true } } },
    /whether/,
  ],
  [
    'a stream ended somewhere else',
    { heads: { third: { ...HEADS['third']!, size: 8 } } },
    /whether and where it ended/,
  ],
  ['the index was made after streams that it did not count', { index: { made: 2 } }, /2 streams began under another/],
  ['a genesis counts more streams than there are now', { streamsNow: 2 }, /one of 3 streams, and the index counts 2/],
  ['a successor does not name the stream', { pins: [] }, /does not name it as its predecessor/],
  ['another stream than the successor names it', { pins: [{ ...PIN, by: 'third' }] }, /does not name it/],
  [
    'a successor says another size',
    { pins: [{ ...PIN, end: { ...PIN.end, size: 4 } }] },
    /do not agree on where it ends/,
  ],
  ['a successor says another root', { pins: [{ ...PIN, end: { ...PIN.end, root: 'other' } }] }, /do not agree/],
]

for (const [name, change, message] of CONTRADICTIONS) {
  test(`it is found that ${name}`, () => {
    const found = check(change)
    assert.equal(found.length, 1, found.join('\n'))
    assert.match(found[0] ?? '', message)
  })
}

test('a folder of an older Keyhold has rows and no index; a damaged stream may end elsewhere', () => {
  assert.deepEqual(check({ index: 'missing', geneses: { first: {}, second: {} } }), [])
  assert.deepEqual(check({ pins: [{ ...PIN, end: { ...PIN.end, size: 4 }, damage: 'in words' }] }), [])
})
