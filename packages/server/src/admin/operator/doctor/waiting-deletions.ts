import { setImmediate } from 'node:timers/promises'
import { keyArn } from '../../../domain/keys/arns.ts'
import type { KeyRecord } from '../../../domain/keys/record.ts'
import { remainingMs, type SeenTime, type Wait } from '../../../domain/keys/seen-time.ts'
import { readSeenTime } from '../../../vault/records/waits.ts'
import type { Authentic } from '../../../vault/records/authentic.ts'
import { keyTable } from '../../../vault/records/key.ts'
import { materialTable, type StoredMaterial } from '../../../vault/records/material.ts'
import type { Table } from '../../../vault/records/table.ts'
import type { DuePosition } from '../../../vault/storage/page.ts'
import type { Check, Examined, Finding } from './check.ts'

const NAME = 'waiting-deletions'
/** Few, because a page is read at once while requests wait. */
const ROWS_PER_PAGE = 50
/** Deletions normally happen a few minutes after their date. Only later ones are reported. */
const USUAL_DELAY_MS = 10 * 60_000
const HOUR_MS = 3_600_000

/** An irreversible action that is overdue. */
interface Overdue {
  /** The action. */
  what: string
  wait: Wait | undefined
  dateMs: number
  facts: Record<string, string>
}

/**
 * Keys and expired imported material that still exist after their deletion date: the service was stopped, the clock was
 * set, or the database contradicts its ledger.
 */
export const waitingDeletions: Check = {
  name: NAME,

  async *findings(examined) {
    const seen = (await readSeenTime(examined))?.seen
    for await (const { value } of overdueRows(keyTable, examined)) {
      if (value.state !== 'PendingDeletion') continue // due for a rotation
      yield findingOf(overdueKey(value), seen)
    }
    for await (const { value } of overdueRows(materialTable, examined))
      yield findingOf(await overdueMaterial(value, examined), seen)
  },
}

function overdueKey(key: Extract<KeyRecord, { state: 'PendingDeletion' }>): Overdue {
  const arn = keyArn(key)
  return { what: `deletion of ${arn}`, wait: key.deletionWait, dateMs: key.deletionMs, facts: { key: arn } }
}

async function overdueMaterial(material: StoredMaterial, { records }: Examined): Promise<Overdue> {
  const { materialId, imported } = material
  const stored = await records.get(keyTable, material)
  const key = stored ? keyArn(stored.value) : keyTable.id(material)
  return {
    what: `expiry of key material ${materialId} of ${key}`,
    wait: imported?.expiryWait,
    dateMs: imported?.validToMs ?? 0,
    facts: { key, materialId },
  }
}

function findingOf({ what, wait, dateMs, facts }: Overdue, seen: SeenTime | undefined): Finding {
  const leftMs = seen && remainingMs(wait, seen)
  return {
    check: NAME,
    weight: 'wrong',
    message: `The date of the ${what} has come, ${untilWhen(leftMs)}`,
    remedy:
      leftMs === 0
        ? 'Start the service, and look at its log.'
        : 'See the stops in `keyhold operator confirm-clock`, and confirm those that you know.',
    facts: { ...facts, date: new Date(dateMs).toISOString() },
  }
}

function untilWhen(leftMs: number | undefined): string {
  if (leftMs === 0)
    return 'and its wait is over: the running service deletes it, unless its log reports a changed database.'
  const until =
    leftMs === undefined
      ? 'and how long it has waited is unknown: it waits 30 days.'
      : `and it waits until the service has been running for ${Math.ceil(leftMs / HOUR_MS)} more hours.`
  return `${until} The service was stopped, or the clock was set.`
}

async function* overdueRows<T>(table: Table<T>, { records, clock, signal }: Examined): AsyncGenerator<Authentic<T>> {
  const beforeMs = clock.now() - USUAL_DELAY_MS
  let after: DuePosition | undefined
  for (;;) {
    const rows = await records.due(table, beforeMs, ROWS_PER_PAGE, after)
    yield* rows
    const { dueMs = null, id = '' } = rows.at(-1) ?? {}
    if (dueMs === null || rows.length < ROWS_PER_PAGE || signal?.aborted === true) return
    after = { dueMs, id }
    await setImmediate()
  }
}
