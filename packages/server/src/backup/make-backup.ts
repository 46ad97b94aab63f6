import type { KeyObject } from 'node:crypto'
import { readFile, rename, rm } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Random } from '../platform/random.ts'
import { syncFolder } from '../platform/durable-folder.ts'
import { dataPaths } from '../vault/storage/data-folder.ts'
import { snapshotPlace } from '../vault/storage/snapshot.ts'
import { StorageError, type StorageErrorCode } from '../vault/storage/storage-error.ts'
import { beginAgeFile } from './age-header.ts'
import { BackupError, type BackupErrorCode } from './backup-error.ts'
import { FORMAT, MEMBERS, sealMessage } from './description.ts'
import { nameOf, type Place, removeUnfinished, unfinishedName } from './place.ts'
import type { Base, FromThread, Made, Order, ToThread } from './thread/messages.ts'

/** A backup to make of an open data folder. */
export interface BackupJob {
  folder: string
  root: {
    id: string
    generation: number
    mac(context: readonly string[], message: Uint8Array, generation?: number): Promise<Uint8Array>
  }
  ledgerKey: KeyObject
  /** At least one. */
  recipients: readonly string[]
  place: Place
  madeMs: number
  /** What it continues; a full backup without it. */
  base?: Base
  /** What the drill decrypts. */
  canaries: Uint8Array
  /** The ways to the root, each as its file is. */
  ways: readonly { name: string; content: Uint8Array }[]
  /** Whether the database is unpacked and compared with its ledger before the backup gets its name. */
  opens: boolean
  random: Random
  /** Gives it up. */
  signal?: AbortSignal | undefined
}

/** A backup with its name. */
export interface MadeBackup extends Made {
  file: string
}

/** Source and build differ only in the file extension. */
const THREAD = new URL(`./backup-thread${extname(import.meta.filename)}`, import.meta.url)

/**
 * Writes a backup beside its final name, reads it again, and only then gives it its name; all of it is durable when this
 * resolves. Whatever fails, and whenever the process ends, no half file has the name. Requests go on meanwhile. Rejects with
 * {@link BackupError} or StorageError.
 */
export async function makeBackup(job: BackupJob): Promise<MadeBackup> {
  const { folder, root, recipients, place, ledgerKey } = job
  if (recipients.length === 0) {
    throw new BackupError(
      'recipients',
      'No one could open the backup: it has no recipients. Add one, or recovery shares.',
    )
  }
  await removeUnfinished(place.folder, root.id)
  await removeUnfinished(folder, root.id)
  const backupId = job.random.uuid()
  const file = join(place.folder, unfinishedName(root.id, backupId))
  const order: Order = {
    snapshot: snapshotPlace(folder),
    auditFolder: dataPaths(folder).audit,
    file,
    ledgerKey,
    start: await beginAgeFile(recipients),
    description: { format: FORMAT, backupId, rootId: root.id, rootGeneration: root.generation, madeMs: job.madeMs },
    members: [
      { name: MEMBERS.manifest, content: await readFile(join(folder, MEMBERS.manifest)) },
      ...job.ways,
      { name: MEMBERS.canaries, content: job.canaries },
    ],
    ...(job.opens && { scratch: join(folder, unfinishedName(root.id, backupId)) }),
    ...(job.base && { base: job.base }),
  }
  try {
    const made = await run(order, job)
    const final = join(place.folder, place.name ?? nameOf(made.description))
    await rename(file, final)
    await syncFolder(place.folder)
    return { ...made, file: final }
  } catch (error) {
    await rm(file, { force: true })
    throw asBackupError(error, place.folder)
  }
}

async function run(order: Order, { root, signal }: BackupJob): Promise<Made> {
  const { backupId, rootGeneration } = order.description
  const { promise, resolve, reject } = Promise.withResolvers<Made>()
  const worker = new Worker(THREAD, { name: 'keyhold-backup', workerData: order })
  worker.on('message', (message: FromThread) => {
    if (message.kind === 'made') resolve(message.made)
    else if (message.kind === 'failed') reject(thrown(message))
    else
      root
        .mac(['backup'], sealMessage(backupId, message.members), rootGeneration)
        .then((mac) => worker.postMessage({ mac: Buffer.from(mac).toString('base64') } satisfies ToThread), reject)
  })
  worker.on('error', reject)
  worker.on('exit', () => reject(new BackupError('target', 'The backup was given up, and left nothing.')))
  const stop = (): void => void worker.terminate()
  signal?.addEventListener('abort', stop)
  if (signal?.aborted === true) stop()
  try {
    return await promise
  } finally {
    signal?.removeEventListener('abort', stop)
    await worker.terminate()
  }
}

/** Classes are lost between threads. */
function thrown({ name, code, message }: Extract<FromThread, { kind: 'failed' }>): Error {
  if (name === 'BackupError') return new BackupError(code as BackupErrorCode, message)
  if (name === 'StorageError') return new StorageError(code as StorageErrorCode, message)
  return Object.assign(new Error(message), { code })
}

/** What disks say of a place that cannot take a backup. */
const OF_THE_PLACE: Readonly<Record<string, string>> = {
  ENOSPC: 'it is full',
  EDQUOT: 'the quota is used up',
  EFBIG: 'the file would be too large for it',
  EROFS: 'it is read-only',
  EACCES: 'this user may not write there',
  EIO: 'the disk failed',
}

function asBackupError(error: unknown, folder: string): unknown {
  const code = Error.isError(error) && 'code' in error ? String(error.code) : ''
  const reason = OF_THE_PLACE[code]
  return reason === undefined
    ? error
    : new BackupError('target', `The backup does not fit into ${folder}: ${reason}. Nothing was left there.`, {
        cause: error,
      })
}
