import {
  CheckpointKeeper,
  type CheckpointOptions,
  type FoundCheckpoint,
  readCheckpoint,
} from '../../audit/checkpoint-file.ts'
import { findRollback, type Rollback } from '../../audit/find-rollback.ts'
import { HeadRows } from '../../audit/head-rows.ts'
import { RollbackError } from '../../audit/rollback-error.ts'
import { pendingRollback } from '../../admin/operator/rollback/pending-rollback.ts'
import { Changeset } from '../../vault/records/changeset.ts'
import { putSetting, settingTable } from '../../vault/records/setting.ts'
import { dataPaths } from '../../vault/storage/data-folder.ts'
import type { Random } from '../../platform/random.ts'
import type { Records } from '../../vault/records/records.ts'
import type { Journal } from '../../vault/storage/journal.ts'

/** How a folder is guarded from a database that was put back to an older state. */
export interface RollbackGuard {
  /** A checkpoint beside the one in the folder, where who can change the folder cannot change it. */
  checkpointFile?: string | undefined
  /** Audit folders of this data folder that survived elsewhere. */
  audit?: readonly string[] | undefined
  /** Called if the database is an older one; without it, that is refused. */
  accept?: (rollback: Rollback, vault: OpenRecords) => Promise<void>
  /** Whether a checkpoint that was written elsewhere and is not there is accepted too. */
  acceptsMissing?: boolean
}

/** The records of an open folder. */
interface OpenRecords {
  records: Records
  random: Random
}

type Checked = OpenRecords & { folder: string; store: Journal } & Omit<CheckpointOptions, 'own' | 'outside'>

/** The setting that says where a checkpoint was written beside the one in the folder. */
const KEPT_AT = 'checkpoint-file'

/**
 * Refuses a database that is behind the audit streams or a checkpoint, before anything changes it, and writes checkpoints from
 * then on. Rejects with {@link RollbackError}.
 */
export async function guardFromRollback(vault: Checked, guard: RollbackGuard): Promise<CheckpointKeeper> {
  const { records, folder } = vault
  const { checkpoint: own } = dataPaths(folder)
  const outside = guard.checkpointFile
  const found = await checkpointsAt(outside === undefined ? [own] : [own, outside], vault)
  requireOurs(found, own)
  const rollback = await search(found, guard, vault)
  if (guard.acceptsMissing !== true) await requireKept(found, own, vault)
  if (guard.accept === undefined) {
    if (rollback) throw refusedRollback(rollback)
    if (await pendingRollback(records)) throw interrupted()
  } else if (rollback) await guard.accept(rollback, vault)
  const keeper = new CheckpointKeeper({ ...vault, own, outside })
  // Only once it is there: a start that was interrupted before must not miss it.
  if (outside !== undefined && (await keeper.keep())) await noteKept(outside, vault)
  return keeper
}

type FoundAt = readonly { path: string; found: FoundCheckpoint }[]

function checkpointsAt(paths: readonly string[], { signer, crypto }: Checked): Promise<FoundAt> {
  return Promise.all(paths.map(async (path) => ({ path, found: await readCheckpoint(path, signer.publicKey, crypto) })))
}

function search(checkpoints: FoundAt, { audit = [] }: RollbackGuard, vault: Checked): Promise<Rollback | undefined> {
  const { signer, crypto, store, records, folder } = vault
  const folders = [dataPaths(folder).audit, ...audit]
  const { publicKey } = signer
  return findRollback({ folders, rows: new HeadRows(records), store, publicKey, crypto, checkpoints })
}

/** Who can change the folder can put anything at `own`; a file elsewhere may be another folder's, and is not replaced. */
function requireOurs(checkpoints: FoundAt, own: string): void {
  const other = checkpoints.find(({ path, found }) => path !== own && found === 'foreign')
  if (other) throw new RollbackError(`${other.path} is not a checkpoint of this data folder. Name another file.`)
}

/** Why an older database is not opened. */
export function refusedRollback({ found, reasons }: Rollback): RollbackError {
  return new RollbackError(
    `The database was put back to an older state: it ends with change ${found.sequence}, transaction ${found.serial}. ` +
      `${reasons.join(' ')} What was deleted, disabled or revoked since would be there again. Nothing was changed.`,
  )
}

function interrupted(): RollbackError {
  return new RollbackError(
    'An older database was accepted, and not everything that was changed since has been made again: ' +
      'keyhold operator accept-rollback was interrupted.',
  )
}

/** The first checkpoint at a place is written there; one that was there and is gone says that it was taken away. */
async function requireKept(
  checkpoints: FoundAt,
  own: string,
  { records }: Pick<OpenRecords, 'records'>,
): Promise<void> {
  const gone = checkpoints.find(({ path, found }) => path !== own && found === 'missing')
  const kept = gone && (await records.get(settingTable, { name: KEPT_AT }))
  if (kept === undefined) return
  throw new RollbackError(
    `There is no checkpoint ${gone?.path}, and one was written to ${kept.value.text}: whether the database is the newest ` +
      'cannot be known. Put the checkpoint there.',
  )
}

async function noteKept(path: string, { records }: Pick<OpenRecords, 'records'>): Promise<void> {
  const kept = await records.get(settingTable, { name: KEPT_AT })
  if (kept?.value.text === path) return
  const changes = new Changeset()
  putSetting({ name: KEPT_AT, text: path }, kept, changes)
  await records.commit(changes)
}
