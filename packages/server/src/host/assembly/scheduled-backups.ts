import { access } from 'node:fs/promises'
import { backUp } from '../../admin/operator/backups.ts'
import { operatorOfProcess } from '../../admin/operator/operator-account.ts'
import { readTip } from '../../backup/catalog.ts'
import { schedule } from '../../jobs/schedule.ts'
import type { Engine } from './open.ts'

/** When a server makes backups by itself. */
export interface BackupSchedule {
  /** The folder they go to. */
  to: string
  everyMs: number
  /** A full one is made when the last full one is as old as this; those between continue it. */
  fullEveryMs: number
  /** How many are kept, and what those need besides. */
  keep: number
}

/** How often to look whether one is due. */
const LOOK_EVERY_MS = 30_000
/** How long to wait after one that failed. */
const RETRY_MS = 10 * 60_000

/**
 * Makes backups when they are due by what the database says: a server that was restarted makes none too many, and one that was
 * stopped catches up. Returns a function that stops it; a backup in the middle is given up, and leaves nothing.
 */
export function scheduleBackups(plan: BackupSchedule, engine: Engine): () => Promise<void> {
  const stopping = new AbortController()
  let failedMs: number | undefined
  const run = async (): Promise<void> => {
    const now = engine.clock.monotonic()
    if (failedMs !== undefined && now - failedMs < RETRY_MS) return
    try {
      await backUpIfDue(plan, engine, stopping.signal)
      failedMs = undefined
    } catch (error) {
      if (stopping.signal.aborted) return
      failedMs = now
      engine.logger.error('the backup that was due could not be made, and will be tried again', { error })
    }
  }
  const stop = schedule({ name: 'back up the data folder', run, everyMs: LOOK_EVERY_MS }, engine)
  return async () => {
    stopping.abort()
    await stop()
  }
}

/** Makes the backup that is due now, if one is. Resolves to whether it made one. */
export async function backUpIfDue(plan: BackupSchedule, engine: Engine, signal: AbortSignal): Promise<boolean> {
  const { tip } = await readTip(engine.records)
  const now = engine.clock.now()
  const isThere =
    tip !== undefined &&
    (await access(tip.file).then(
      () => true,
      () => false,
    ))
  if (isThere && isWithin(tip.madeMs, plan.everyMs, now)) return false
  const kind = isThere && isWithin(tip.fullMs, plan.fullEveryMs, now) ? 'more' : 'full'
  const { to, keep } = plan
  const context = { ...engine, operator: operatorOfProcess() }
  const made = await backUp({ to, kind, opens: true, retention: { keep }, signal }, context)
  const { revision } = made.description
  engine.logger.info('made a backup', { file: made.file, bytes: made.bytes, revision, removed: made.removed.length })
  return true
}

/** Whether a time is less than so long ago. A time in the future is that of a clock that was wrong. */
function isWithin(timeMs: number, forMs: number, nowMs: number): boolean {
  return timeMs <= nowMs && nowMs - timeMs < forMs
}
