import { createHash, randomInt } from 'node:crypto'
import { appendFile, chmod, mkdir, readdir, rmdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EnvelopeError } from '../error.ts'
import { besides, native } from './path.ts'
import { isRunning, newTag, TAG_PATTERN } from './process-tag.ts'
import { removeFile } from './remove-file.ts'
import { openTemporary, removeTemporary } from './temporary-files.ts'

export interface LockOptions {
  signal?: AbortSignal
  /** For how long to wait for another holder. Default: 30,000. */
  maxWaitMs?: number
}

const MAX_WAIT_MS = 30_000
/** The time between two attempts, chosen at random between half of it and all of it, so that no two keep step. */
const PAUSE_MS = 30
/** A holder that cannot be seen from here, on another machine or in another container, shows so often that it is there. */
const HEARTBEAT_MS = 10_000
/** It has ended if it has not shown for so long. */
const SILENT_MS = 60_000

const HASH_DIGITS = 8
const CLAIM = new RegExp(`^${TAG_PATTERN}$`)
const RIGHTS = 0o1777

/**
 * The right to replace what has a name, which one holder has at a time: among the calls of a process, the processes of a
 * machine, and the machines that share a file system. Programs that do not know of it are not kept out.
 *
 * A process that wants the lock makes a claim, an empty file in a folder beside the name, and then looks for others' claims
 * there. It has the lock if there is none, and withdraws and tries again if there is. Of two that claim at once each makes its claim before
 * it looks: so at least one sees the other, and they never both have the lock. A claim's name says who made it and is
 * never used twice. Therefore a dead process's claim does not count and can be deleted at any time by any number
 * of others, which breaks no lock that is held. Reasons: docs/decisions/0046-locks-by-claims.md.
 */
export class FileLock implements AsyncDisposable {
  /** What it is the lock of. */
  readonly path: string
  readonly #folder: string
  readonly #claim: string
  readonly #heartbeat: NodeJS.Timeout

  private constructor(path: string, folder: string, claim: string) {
    this.path = path
    this.#folder = folder
    this.#claim = claim
    // The file system's own clock dates it, as the clocks of two machines may differ.
    this.#heartbeat = setInterval(
      () => void appendFile(native(claim), '.').catch(() => undefined),
      HEARTBEAT_MS,
    ).unref()
  }

  /**
   * @param path no link; its folder must exist and be writable.
   * @throws EnvelopeError CONFLICT when another holder does not let go in time.
   */
  static async acquire(path: string, { signal, maxWaitMs = MAX_WAIT_MS }: LockOptions = {}): Promise<FileLock> {
    const folder = folderOfClaims(path)
    const giveUpAt = performance.now() + maxWaitMs
    for (;;) {
      signal?.throwIfAborted()
      const claim = (await isFree(folder)) ? await tryClaim(folder) : undefined
      if (claim !== undefined) return new FileLock(path, folder, claim)
      if (performance.now() >= giveUpAt) throw held(path, maxWaitMs)
      await sleep(randomInt(PAUSE_MS / 2, PAUSE_MS), undefined, { ...(signal && { signal }) })
    }
  }

  /** Lets go. Never throws. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#heartbeat)
    await withdraw(this.#folder, this.#claim)
  }
}

function folderOfClaims(path: string): string {
  const hash = createHash('sha256')
    .update(native(basename(path)))
    .digest('hex')
  return besides(path, hash.slice(0, HASH_DIGITS), 'lock')
}

function held(path: string, waitedMs: number): EnvelopeError {
  const name = JSON.stringify(path)
  return new EnvelopeError('CONFLICT', `Another process has been changing ${name} for ${waitedMs} ms or longer.`)
}

/** Spares a claim where it would be of no use. A holder that cannot be seen is looked at once the file system's time is known. */
async function isFree(folder: string): Promise<boolean> {
  return (await claimsIn(folder)).every((tag) => isRunning(tag) !== true)
}

async function tryClaim(folder: string): Promise<string | undefined> {
  const tag = newTag()
  const claim = join(folder, tag)
  if (!(await makeClaim(folder, claim))) return undefined
  try {
    const others = (await claimsIn(folder)).filter((other) => other !== tag)
    const now = others.length === 0 ? 0 : (await stat(native(claim))).mtimeMs
    const living = await Promise.all(others.map((other) => isLiving(join(folder, other), other, now)))
    if (!living.includes(true)) return claim
  } catch (error) {
    await withdraw(folder, claim)
    throw error
  }
  await withdraw(folder, claim)
  return undefined
}

/** @returns false where the last holder has just removed the folder. */
async function makeClaim(folder: string, claim: string): Promise<boolean> {
  try {
    await makeFolder(folder)
    await (await openTemporary(claim, 'wx', folder)).close()
    return true
  } catch (error) {
    unless('ENOENT')(error as NodeJS.ErrnoException)
    await stat(native(dirname(folder))) // without it there will never be a lock
    return false
  }
}

/** Those who may replace files in the folder around it may claim the lock of one. */
async function makeFolder(folder: string): Promise<void> {
  const { mode } = await stat(native(dirname(folder)))
  const isNew = await mkdir(native(folder), mode & RIGHTS).then(() => true, unless('EEXIST'))
  if (isNew === true) await chmod(native(folder), mode & RIGHTS).catch(() => undefined) // whatever the umask
}

async function claimsIn(folder: string): Promise<string[]> {
  const names = await readdir(native(folder)).catch(unless('ENOENT'))
  return (names ?? []).filter((name) => CLAIM.test(name))
}

/** A dead one is deleted on the way. */
async function isLiving(claim: string, tag: string, now: number): Promise<boolean> {
  const isOf = isRunning(tag)
  const shownAt = isOf === undefined ? (await stat(native(claim)).catch(() => undefined))?.mtimeMs : undefined
  if (isOf ?? (shownAt !== undefined && now - shownAt < SILENT_MS)) return true
  await removeFile(claim)
  return false
}

async function withdraw(folder: string, claim: string): Promise<void> {
  await removeTemporary(claim)
  await rmdir(native(folder)).catch(() => undefined) // others' claims keep it
}

function unless(code: string): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code !== code) throw error
    return undefined
  }
}
