import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SequenceCheck } from '../../src/audit/verify-sequences.ts'

/** An entry that waits. */
const waits = (sequence: number, authentic = true) => ({ eventId: `e${sequence}`, record: '{}', sequence, authentic })
const change = (sequence: number, eventId = `e${sequence}`) => ({ sequence, eventId })
const messages = (found: Iterable<{ message: string }>): string[] => [...found].map(({ message }) => message)

function check(newest: number, records: readonly number[], pending: ReturnType<typeof waits>[] = []): SequenceCheck {
  const found = new SequenceCheck({ newest, pending })
  for (const sequence of records) found.visit(change(sequence))
  return found
}

test('each change up to the newest has a record, or waits', () => {
  assert.deepEqual(messages(check(4, [3, 1, 4], [waits(2)]).problems(4)), [])
  assert.deepEqual(messages(check(5, [2, 4]).problems(5)), [
    'change 1 has no record',
    'change 3 has no record',
    'change 5 has no record',
  ])
  assert.deepEqual(messages(check(6, [1, 4]).problems(6)), [
    'changes 2 to 3 have no record',
    'changes 5 to 6 have no record',
  ])
})

test('an entry that does not verify is reported and counts as no record', () => {
  assert.deepEqual(messages(check(2, [1], [waits(2, false)]).problems(2)), [
    '1 entries that wait in the outbox do not verify',
    'change 2 has no record',
  ])
})

test('a record of a change that the database does not know is of a newer one', () => {
  const found = check(2, [1, 2, 3])
  assert.deepEqual(messages(found.problems(3)), [])
  assert.match(messages(found.problems(2)).join(), /up to number 3, .* 2/)
})

test('one change may be recorded twice, and two may not have one number', () => {
  const found = check(3, [1, 2, 2, 3])
  assert.equal(found.hasRepeated, true)
  assert.equal(check(3, [1, 2, 3]).hasRepeated, false)
  const compared = [change(1), change(2), change(2), change(3)].map((record) => found.compare(record)?.message)
  assert.deepEqual(compared, [undefined, undefined, undefined, undefined])
  assert.match(found.compare(change(2, 'other'))?.message ?? '', /two changes have the number 2/)
})

test('twenty ranges are named, and that there are more', () => {
  const every = (count: number): number[] => Array.from({ length: count }, (_, index) => 2 * index + 2)
  assert.equal(messages(check(40, every(20)).problems(40)).length, 20)
  const more = messages(check(44, every(22)).problems(44))
  assert.deepEqual([more.length, more.at(-1)], [21, 'more than 20 ranges of changes have no record'])
})

test('what an operator accepted is no gap from then on, and nothing beside it is accepted', () => {
  const found = check(5, [1, 5])
  found.visit({ ...change(5), accepted: { changes: [{ first: 2, last: 3 }], streams: [] } })
  assert.deepEqual(messages(found.acceptedGaps()), ['changes 2 to 3 have no record'])
  assert.deepEqual(messages(found.problems(5)), ['change 4 has no record'])
})
