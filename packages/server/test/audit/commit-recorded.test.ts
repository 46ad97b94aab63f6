import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AuditUnavailableError } from '../../src/audit/auditor.ts'
import { commitRecorded } from '../../src/audit/commit-recorded.ts'
import { encodeLine } from '../../src/audit/lines.ts'
import { Changeset } from '../../src/vault/records/changeset.ts'
import type { Records } from '../../src/vault/records/records.ts'
import type { CommitResult } from '../../src/vault/storage/store.ts'
import type { OutboxEntry } from '../../src/vault/storage/journal.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { recordOf } from './support/audit-bench.ts'

const COMMITTED: CommitResult = { committed: true, revision: 1 }
const CONFLICT: CommitResult = { committed: false, conflict: { table: 'key', id: 'a', version: 1 } }

/** Commits one change with two records. `result` is the database's answer. */
async function commit({
  result = COMMITTED,
  refusal,
  failure,
}: {
  result?: CommitResult
  refusal?: Error
  failure?: Error
}) {
  const committed: string[][] = []
  const relayed: string[][] = []
  const idsOf = (entries: readonly OutboxEntry[]): string[] => entries.map(({ eventId }) => eventId)
  const never = (): never => assert.fail('not for changes')
  const auditor = {
    requireRoom: () => {
      if (refusal !== undefined) throw refusal
    },
    encode: (record: ReturnType<typeof recordOf>) => encodeLine('record', record),
    relay: async (entries: readonly OutboxEntry[] = []) => {
      relayed.push(idsOf(entries))
      if (failure !== undefined) throw failure
    },
    record: never,
    recordRefused: never,
    recordUnauthenticated: never,
    setShared: never,
    close: never,
  }
  const records = {
    commit: async (_changes: Changeset, entries: readonly OutboxEntry[]) => {
      committed.push(idsOf(entries))
      return result
    },
  } as unknown as Records
  const context = { records, auditor, logger: silentLogger }
  const [found] = await Promise.allSettled([commitRecorded(new Changeset(), [recordOf(1), recordOf(2)], context)])
  return { found, committed, relayed }
}

const ids = [recordOf(1).eventId, recordOf(2).eventId]

test('a change and its records are committed together, and the records are relayed', async () => {
  assert.deepEqual(await commit({}), {
    found: { status: 'fulfilled', value: true },
    committed: [ids],
    relayed: [ids],
  })
})

test('while records have no room, nothing is changed', async () => {
  const refusal = new AuditUnavailableError('full')
  const { found, ...done } = await commit({ refusal })
  assert.deepEqual(
    [found, done],
    [
      { status: 'rejected', reason: refusal },
      { committed: [], relayed: [] },
    ],
  )
})

test('a change that is durable has succeeded, also when its records cannot be relayed now', async () => {
  const { found } = await commit({ failure: new AuditUnavailableError('the disk is gone') })
  assert.deepEqual(found, { status: 'fulfilled', value: true })
})

test('a change that met another is none: nothing is relayed', async () => {
  const { found, relayed } = await commit({ result: CONFLICT })
  assert.deepEqual([found, relayed], [{ status: 'fulfilled', value: false }, []])
})
