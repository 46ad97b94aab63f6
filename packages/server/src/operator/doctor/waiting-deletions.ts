import { setImmediate } from 'node:timers/promises'
import { body } from '../../directory/directory.ts'
import { keyArn } from '../../keys/arns.ts'
import type { KeyRecord } from '../../keys/record.ts'
import { remainingMs, type SeenTime } from '../../keys/seen-time.ts'
import { readSeenTime } from '../../lifecycle/waits.ts'
import type { DuePosition, Row } from '../../storage/store.ts'
import type { Check, Examined, Finding } from './check.ts'

const NAME = 'waiting-deletions'
/** Few, as a page is read at one go while requests wait. */
const ROWS_PER_PAGE = 50
/** Every deletion comes a few minutes after its date: only what is later is worth a look. */
const USUAL_DELAY_MS = 10 * 60_000
const HOUR_MS = 3_600_000

/** Keys that are still there after the date of their deletion: the service was stopped, or the clock was set. */
export const waitingDeletions: Check = {
  name: NAME,

  async *findings(examined) {
    const seen = (await readSeenTime(examined))?.seen
    for await (const row of overdueRows(examined)) {
      if (body<KeyRecord>(row).state !== 'PendingDeletion') continue // due for a rotation
      const key = body<KeyRecord>(await examined.hierarchy.verify(row))
      yield findingOf(key, seen)
    }
  },
}

function findingOf(key: KeyRecord, seen: SeenTime | undefined): Finding {
  const leftMs = seen && remainingMs(key.deletionWait, seen)
  const until =
    leftMs === undefined
      ? 'and nothing says how long it has waited: it waits 30 days'
      : `and waits for ${Math.ceil(leftMs / HOUR_MS)} hours more of the service running`
  return {
    check: NAME,
    message:
      `The date of the deletion of ${keyArn(key)} has come, ${until}. The service was stopped, or the clock was set: ` +
      '`keyhold operator confirm-clock` lists the stops.',
    facts: { key: keyArn(key), date: new Date(key.deletionMs ?? 0).toISOString() },
  }
}

async function* overdueRows({ store, clock, signal }: Examined): AsyncGenerator<Row> {
  const beforeMs = clock.now() - USUAL_DELAY_MS
  let after: DuePosition | undefined
  for (;;) {
    const rows = await store.listDue('key', beforeMs, ROWS_PER_PAGE, after)
    yield* rows
    const { dueMs = null, id = '' } = rows.at(-1) ?? {}
    if (dueMs === null || rows.length < ROWS_PER_PAGE || signal?.aborted === true) return
    after = { dueMs, id }
    await setImmediate()
  }
}
