import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { Outcome, Work } from '../../../../src/vault/storage/sqlite/messages.ts'
import { commitOf, row } from '../rows.ts'
import { BatchBench, committing } from './batch-bench.ts'

const committed = (revision: number): Outcome => ({ kind: 'result', result: { committed: true, revision } })
const codes = (outcomes: readonly Outcome[]): string[] =>
  outcomes.map((outcome) => (outcome.kind === 'failure' ? outcome.code : 'committed'))

test('a batch that cannot begin fails as what it is, and the next one runs', async () => {
  await using bench = await BatchBench.open()
  {
    using other = new DatabaseSync(bench.file)
    other.exec('BEGIN IMMEDIATE')
    assert.deepEqual(codes(bench.run(committing({}), committing({}))), ['busy', 'busy'])
  }
  assert.deepEqual(bench.commit({ put: [row()] }), committed(1))
})

test('a batch that fails as a whole leaves no transaction open', async () => {
  await using bench = await BatchBench.open()
  bench.database.exec('UPDATE log_head SET revision = 9')
  assert.deepEqual(codes(bench.run(committing({ put: [row()] }))), ['tampered'])
  assert.equal(bench.database.isTransaction, false)
  bench.database.exec('UPDATE log_head SET revision = 0')
  assert.deepEqual(bench.commit({ put: [row()] }), committed(1))
})

test('a full disk that ends the whole transaction costs the commits beside it nothing', async () => {
  await using bench = await BatchBench.open()
  bench.database.exec('PRAGMA max_page_count = 64')
  const huge = { put: [row({ id: 'huge', sealed: new Uint8Array(1_000_000) })] }
  const works = [committing({ put: [row({ id: 'a' })] }), committing(huge), committing({ put: [row({ id: 'b' })] })]
  assert.deepEqual(codes(bench.run(...works)), ['committed', 'full', 'committed'])
  assert.equal(bench.count('stored_row'), 2)
  assert.deepEqual(bench.problems(), [])
})

test('a commit that fails or conflicts in a batch leaves no trace in it', async () => {
  await using bench = await BatchBench.open()
  bench.commit({ audit: [{ eventId: 'taken', record: 'r' }] })
  const outcomes = bench.run(
    committing({ put: [row({ id: 'a' })] }),
    committing({ put: [row({ id: 'fails' })], audit: [{ eventId: 'taken', record: 'r' }] }),
    committing({ put: [row({ id: 'conflicts' })], expect: [{ table: 'key', id: 'a', version: 2 }] }),
    committing({ put: [row({ id: 'skips-a-version', version: 2 })] }),
    committing({ put: [row({ id: 'b' })] }),
  )
  assert.deepEqual(outcomes.at(0), committed(2))
  assert.equal(codes(outcomes).at(1), 'invalid')
  assert.deepEqual(outcomes.at(2), {
    kind: 'result',
    result: { committed: false, conflict: { table: 'key', id: 'a', version: 2 } },
  })
  assert.deepEqual(outcomes.at(3), {
    kind: 'result',
    result: { committed: false, conflict: { table: 'key', id: 'skips-a-version', version: 1 } },
  })
  assert.deepEqual(outcomes.at(4), committed(3))
  assert.deepEqual([bench.count('stored_row'), bench.count('commit_log'), bench.count('change')], [2, 3, 2])
  assert.deepEqual(bench.problems(), [])
})

test('a commit that is sent again is known by its id, and changes nothing', async () => {
  await using bench = await BatchBench.open()
  const once = committing({ put: [row()], audit: [{ eventId: 'e', record: 'r' }] })
  assert.deepEqual(bench.run(once, once), [committed(1), committed(1)])
  assert.deepEqual(bench.commit({ put: [row({ version: 2 })] }), committed(2))
  assert.deepEqual(bench.run(once), [committed(1)])
  assert.deepEqual([bench.count('outbox'), bench.count('commit_log')], [1, 2])
  assert.deepEqual(bench.problems(), [])
})

test('the change log keeps as many commits as it was told to', async () => {
  await using bench = await BatchBench.open(3)
  for (let version = 1; version <= 7; version += 1) bench.commit({ put: [row({ version })] })
  const revisions = bench.database.prepare('SELECT revision FROM commit_log ORDER BY revision').all()
  assert.deepEqual(
    revisions.map(({ revision }) => revision),
    [5, 6, 7],
  )
  assert.equal(bench.count('change'), 3)
  assert.deepEqual(bench.problems(), [])
})

test('sealed bytes that a commit deletes or replaces are reported, and no others', async () => {
  await using bench = await BatchBench.open()
  const sealed = Uint8Array.of(1)
  assert.equal(bench.erases({ put: [row({ sealed }), row({ id: 'plain' })] }), false)
  assert.equal(bench.erases({ put: [row({ version: 2, sealed })] }), true)
  assert.equal(bench.erases({ delete: [{ table: 'key', id: 'plain' }] }), false)
  assert.equal(bench.erases({ delete: [{ table: 'key', id: row().id }] }), true)
  assert.deepEqual([bench.count('stored_row'), bench.problems()], [0, []])
})

test('entries leave the outbox and the ledger together; one that is not there is no failure', async () => {
  await using bench = await BatchBench.open()
  bench.commit({ audit: ['a', 'b'].map((eventId) => ({ eventId, record: 'r' })) })
  const outcomes = bench.run({ kind: 'relayed', eventIds: ['a', 'unknown'] })
  assert.deepEqual([outcomes, bench.count('outbox'), bench.problems()], [[committed(1)], 1, []])
})

test('a file that goes back to an older state under a running process is refused', async () => {
  await using bench = await BatchBench.open()
  bench.commit({ put: [row()] })
  const ledger = bench.database.prepare('SELECT * FROM ledger').get() ?? assert.fail('no ledger')
  const head = bench.database.prepare('SELECT * FROM log_head').get() ?? assert.fail('no head')
  bench.commit({ put: [row({ version: 2 })] })
  for (const [table, values] of Object.entries({ ledger, log_head: head })) {
    const names = Object.keys(values)
    const set = names.map((name) => `${name} = ?`).join()
    bench.database.prepare(`UPDATE ${table} SET ${set}`).run(...Object.values(values))
  }
  assert.deepEqual(codes([bench.commit({ put: [row({ id: 'other' })] })]), ['tampered'])
})

test('nothing is written while the ledger is missing, and it begins once', async () => {
  await using bench = await BatchBench.open()
  bench.commit({ put: [row()], audit: [{ eventId: 'e', record: 'r' }] })
  bench.database.exec('DELETE FROM ledger')
  assert.deepEqual(codes(bench.run(committing({ put: [row({ id: 'b' })] }))), ['tampered'])
  assert.equal(bench.count('stored_row'), 1)
  const begin: Work = { kind: 'begin', commit: commitOf({ put: [row({ id: 'b' })] }) }
  assert.deepEqual(codes(bench.run(begin)), ['committed'])
  assert.deepEqual(codes(bench.run({ ...begin, commit: commitOf({ put: [row({ id: 'c' })] }) })), ['committed'])
  assert.equal(bench.count('ledger'), 1)
})
