import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileLayer } from './file-layer.ts'
import { OWNER_FILE } from './paths.ts'
import { readSmallFile } from '../platform/small-file.ts'

/**
 * The process that writes a stream, so that nobody else takes the stream for a dead one and cuts its tail.
 *
 * On Linux a process is named by its id, its start time and the boot it runs in: ids are reused, the three together
 * are not. Elsewhere only the id is known; when it was reused, a dead stream looks alive and is left alone until that
 * process ends, which loses nothing. Processes of different PID namespaces do not see each other: a data folder
 * must not be shared between containers.
 */
interface Owner {
  pid: number
  /** Clock ticks between boot and the start of the process; absent where /proc is. */
  startTicks?: string
  bootId?: string
}

const MAX_OWNER_BYTES = 4096

/** Writes the owner file for this process into a stream's folder. */
export async function claim(files: FileLayer, streamFolder: string): Promise<void> {
  const owner: Owner = { pid: process.pid, ...(await linuxIdentity(process.pid)) }
  const file = await files.create(join(streamFolder, OWNER_FILE))
  try {
    await file.write(Buffer.from(`${JSON.stringify(owner)}\n`), 0)
  } finally {
    await file.close()
  }
}

/** Tells whether the process that writes this stream still runs. A stream without an owner file has none. */
export async function hasLiveOwner(streamFolder: string): Promise<boolean> {
  const owner = await readOwner(streamFolder)
  if (owner === undefined) return false
  const identity = await linuxIdentity(owner.pid)
  if (owner.startTicks === undefined || owner.bootId === undefined) return answersSignals(owner.pid)
  return identity?.startTicks === owner.startTicks && identity.bootId === owner.bootId
}

/** Takes the owner file away: nobody writes the stream any more. */
export async function disclaim(files: FileLayer, streamFolder: string): Promise<void> {
  await files.remove(join(streamFolder, OWNER_FILE))
}

async function readOwner(streamFolder: string): Promise<Owner | undefined> {
  try {
    // Not a pipe that would be waited for, nor more than can be held: whatever lies there may be somebody else's.
    const bytes = await readSmallFile(join(streamFolder, OWNER_FILE), MAX_OWNER_BYTES)
    const owner = JSON.parse(Buffer.from(bytes).toString('utf8')) as Partial<Owner> | null
    return Number.isSafeInteger(owner?.pid) ? (owner as Owner) : undefined
  } catch {
    return undefined // absent, or torn by a crash: the process that wrote it is gone
  }
}

async function linuxIdentity(pid: number): Promise<{ startTicks: string; bootId: string } | undefined> {
  const stat = await readText(`/proc/${pid}/stat`)
  const bootId = await readText('/proc/sys/kernel/random/boot_id')
  // proc_pid_stat(5): field 22 is starttime; the name in field 2 may itself hold spaces and parentheses.
  const startTicks = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  return startTicks === undefined || bootId === undefined ? undefined : { startTicks, bootId: bootId.trim() }
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}
