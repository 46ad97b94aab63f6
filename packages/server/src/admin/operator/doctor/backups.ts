import { stat } from 'node:fs/promises'
import { type BackupRecord, backupTable } from '../../../vault/records/backup.ts'
import { everyRow } from '../../../vault/storage/page.ts'
import type { Check, Examined, Finding } from './check.ts'

const NAME = 'backups'
const DAY_MS = 86_400_000
/** A week: what is made or changed after the newest backup is lost with the disk. */
const OLD_MS = 7 * DAY_MS

/** Whether there is a backup, how old it is, and whether its file is still where it was written. */
export const backups: Check = {
  name: NAME,

  async *findings(examined) {
    if (examined.auditFolder === undefined) return
    const kept = await keptBackups(examined)
    yield* await missingFiles(kept)
    const newest = kept.toSorted((a, b) => b.madeMs - a.madeMs)[0]
    const ageMs = newest && examined.clock.now() - newest.madeMs
    if (ageMs === undefined)
      yield advice('No backup of this data folder is known: what is on its disk is lost with it.')
    else if (ageMs > OLD_MS) yield advice(`The newest backup is ${Math.floor(ageMs / DAY_MS)} days old.`)
  },
}

async function keptBackups({ records }: Examined): Promise<BackupRecord[]> {
  const rows = await Array.fromAsync(everyRow((page) => records.examined.list(backupTable, page)))
  return rows.flatMap((row) => (row.isAuthentic && row.value.goneMs === undefined ? [row.value] : []))
}

/** Of backups that went to a file: others may be anywhere. */
async function missingFiles(kept: readonly BackupRecord[]): Promise<Finding[]> {
  const found: Finding[] = []
  for (const { file, backupId } of kept.filter((one) => one.file.startsWith('/'))) {
    const isThere = await stat(file).then(
      () => true,
      () => false,
    )
    if (isThere) continue
    found.push({
      check: NAME,
      weight: 'wrong',
      message: `The backup ${backupId} is not at ${file} any more, or that place is not mounted.`,
      remedy: 'Mount it, or make another backup with `keyhold operator backup`.',
      facts: { file, backupId },
    })
  }
  return found
}

function advice(message: string): Finding {
  const remedy = 'Make one with `keyhold operator backup`, and have `serve` make them (`--backup-to`).'
  return { check: NAME, weight: 'advice', message, remedy, facts: {} }
}
