import assert from 'node:assert/strict'
import { truncate, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { folder } from '../../../../tools/testing/folder.ts'
import { ACCEPT_AUDIT_LOSS, acceptedBy, losses } from '../../src/audit/accepted-losses.ts'
import type { Genesis } from '../../src/audit/lines.ts'
import type { AuditProblem } from '../../src/audit/report.ts'
import { LossCheck } from '../../src/audit/verify-losses.ts'
import { sha256 } from '../../src/crypto/sha256.ts'
import { recordOf } from './support/audit-bench.ts'

const STREAM = 'stream'
const genesis = { kind: 'requests', durability: 'write', timeMs: 0 } as Genesis
/** The last head ends after four bytes of the first segment. */
const position = { segment: 1, bytes: 4, size: 1, root: sha256('') }

/** What may be accepted of the problems of a stream whose file has so many bytes. */
async function acceptable(problems: readonly Omit<AuditProblem, 'stream'>[], fileBytes = 8): Promise<boolean[]> {
  await using files = await folder()
  await writeFile(files.path('1'), 'headtail')
  await truncate(files.path('1'), fileBytes)
  const segments = [{ number: 1, path: files.path('1'), end: Infinity, fileBytes, genesis }]
  const check = new LossCheck()
  await check.visitStream({ stream: STREAM, segments, torn: [], strangers: [] }, position, sha256)
  const found = problems.map((problem) => ({ ...problem, stream: STREAM }))
  const report = { streams: [], records: 0, unvouched: 0, problems: found, accepted: [] }
  return check.applied(report).problems.map(({ mayBeLoss }) => mayBeLoss === true)
}

test('what follows the last head may be lost, and nothing before it', async () => {
  const changed = { kind: 'changed', message: 'm' } as const
  assert.deepEqual(
    await acceptable([
      { ...changed, segment: 1, offset: 4 },
      { ...changed, segment: 1, offset: 3 },
      { ...changed, segment: 2, offset: 4 },
      { ...changed, segment: 1 },
      { kind: 'truncated', message: 'm' },
      { kind: 'damaged', message: 'm' },
      { kind: 'unknown', message: 'm' },
      { kind: 'missing', message: 'm' },
      { kind: 'database', message: 'm' },
    ]),
    [true, false, false, false, true, true, false, false, false],
  )
})

test('more than a segment has cannot be accepted: it is not read', async () => {
  const most = 64 * 1024 * 1024 + position.bytes
  assert.deepEqual(await acceptable([{ kind: 'truncated', message: 'm' }], most + 1), [false])
})

test('twenty losses of either sort are accepted at once, and only what may be lost', () => {
  const problem = { stream: STREAM, kind: 'truncated', message: 'm' } as const
  const many = Array.from({ length: 25 }, (_, index) => index + 1)
  const { changes, streams } = losses([
    { ...problem, tail: 't' },
    { ...problem, changes: { first: 99, last: 99 } },
    ...many.map((first) => ({ ...problem, mayBeLoss: true as const, changes: { first, last: first } })),
    ...many.map((number) => ({ ...problem, mayBeLoss: true as const, tail: `${number}` })),
  ])
  assert.deepEqual(
    changes.map(({ first }) => first),
    many.slice(0, 20),
  )
  assert.deepEqual(
    streams.map(({ tail }) => Number(tail)),
    many.slice(0, 20),
  )
})

test('a record accepts losses of changes before its own, if an operator made it', () => {
  const changes = [
    { first: 1, last: 4 },
    { first: 5, last: 5 },
    { first: 4, last: 6 },
  ]
  const deed = { ...recordOf(1), operation: ACCEPT_AUDIT_LOSS, operator: { user: 'ann' }, sequence: 5 }
  assert.deepEqual(acceptedBy({ ...deed, request: { changes, streams: [] } })?.changes, [{ first: 1, last: 4 }])
  for (const other of [{ operation: 'Other' }, { operator: undefined }, { sequence: undefined }]) {
    assert.equal(acceptedBy({ ...deed, request: { changes, streams: [] }, ...other }), undefined)
  }
})
