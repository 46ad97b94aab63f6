import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readSmallFile } from '../platform/small-file.ts'
import type { FileLayer } from './file-layer.ts'
import type { StreamOwner } from './owner.ts'
import { OWNER_FILE, streamFolder, unfinishedFolder } from './paths.ts'

/**
 * The process that writes a stream, as a file beside the segments names it.
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

/** The owners of the streams in an audit folder, all of them processes of this machine. */
export function fileOwner(folder: string, files: FileLayer): StreamOwner {
  return {
    async claim(stream) {
      const owner: Owner = { pid: process.pid, ...(await linuxIdentity(process.pid)) }
      const file = await files.create(join(unfinishedFolder(folder, stream), OWNER_FILE))
      try {
        await file.write(Buffer.from(`${JSON.stringify(owner)}\n`), 0)
      } finally {
        await file.close()
      }
    },
    async isAlive(stream) {
      const owner = await readOwner(streamFolder(folder, stream))
      return owner !== undefined && (await runs(owner))
    },
    async release(stream) {
      await files.remove(join(streamFolder(folder, stream), OWNER_FILE))
    },
  }
}

async function runs({ pid, startTicks, bootId }: Owner): Promise<boolean> {
  if (startTicks === undefined || bootId === undefined) return answersSignals(pid)
  const identity = await linuxIdentity(pid)
  return identity?.startTicks === startTicks && identity.bootId === bootId
}

async function readOwner(ownFolder: string): Promise<Owner | undefined> {
  try {
    // Do not wait for a pipe and limit what is read: the file can be another program's.
    const bytes = await readSmallFile(join(ownFolder, OWNER_FILE), MAX_OWNER_BYTES)
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
