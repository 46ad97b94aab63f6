import { access, constants, readdir, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { realPlace } from '../vault/storage/data-folder.ts'
import { BackupError } from './backup-error.ts'
import type { Description } from './description.ts'

/** Where a backup goes: the folder, and its name there unless it gets one that says what it is. */
export interface Place {
  folder: string
  name?: string
}

/**
 * Resolves `to`, an existing folder or the name of a file to make in one. Throws {@link BackupError} `target` for a place in the
 * data folder, for a name that exists, and for a folder that cannot be written.
 */
export async function placeOf(to: string, dataFolder: string): Promise<Place> {
  const path = await realPlace(resolve(to)).catch((cause: NodeJS.ErrnoException) => {
    throw target(`${to} is no place for a backup (${cause.code ?? 'unknown'}).`)
  })
  const data = await realPlace(resolve(dataFolder))
  if (path === data || path.startsWith(data + sep)) {
    throw target(`${to} is in the data folder. A backup there is lost together with it: name another disk or machine.`)
  }
  const status = await stat(path).catch(() => undefined)
  const place = status?.isDirectory() === true ? { folder: path } : { folder: dirname(path), name: basename(path) }
  if (status !== undefined && place.name !== undefined) throw target(`${to} exists already. Nothing is ever replaced.`)
  if (place.name !== undefined && to.endsWith(sep)) throw target(`The folder ${to} does not exist. Make it first.`)
  await access(place.folder, constants.W_OK | constants.X_OK).catch((cause: NodeJS.ErrnoException) => {
    throw target(`Cannot write to the folder ${place.folder} (${cause.code ?? 'unknown'}).`)
  })
  return place
}

/** What a backup is called, so that a folder of them sorts by time: `keyhold-ROOT-TIME-rREVISION-KIND-ID.tar.age`: kind is `full`, or `more` for what continues another. */
export function nameOf({ rootId, madeMs, revision, base, backupId }: Description): string {
  const time = new Date(madeMs).toISOString().replaceAll(/[-:]|\.\d+/g, '')
  const kind = base === undefined ? 'full' : 'more'
  return `keyhold-${rootId.slice(0, 8)}-${time}-r${String(revision).padStart(12, '0')}-${kind}-${backupId.slice(0, 8)}.tar.age`
}

/** What a process calls a file that it is writing, so that another one of the same data folder knows what was left behind. */
export function unfinishedName(rootId: string, backupId: string): string {
  return `.keyhold-${rootId.slice(0, 8)}-${process.pid}-${backupId}.unfinished`
}

/** Removes what processes that ended left behind in the middle of a backup of this data folder. */
export async function removeUnfinished(folder: string, rootId: string): Promise<void> {
  const pattern = new RegExp(`^\\.keyhold-${rootId.slice(0, 8)}-(\\d+)-[0-9a-f-]{36}\\.unfinished(?:-wal|-shm)?$`)
  for (const name of await readdir(folder)) {
    const pid = pattern.exec(name)?.[1]
    if (pid !== undefined && !runs(Number(pid))) await rm(join(folder, name), { force: true })
  }
}

function runs(pid: number): boolean {
  if (pid === process.pid) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function target(message: string): BackupError {
  return new BackupError('target', message)
}
