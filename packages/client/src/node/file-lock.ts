import { createHash, randomInt } from 'node:crypto'
import { constants } from 'node:fs'
import { appendFile, lstat, mkdir, open, readdir, readFile, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EnvelopeError } from '../base/error.ts'
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
/** What a holder adds to its claim each time. */
const BEAT = '.'
/** More than a year of them. */
const MAX_CLAIM_BYTES = 2 ** 22
/** It has ended if it has not shown for so long. */
const SILENT_MS = 60_000

const HASH_DIGITS = 8
const CLAIM = new RegExp(`^${TAG_PATTERN}$`)
const RIGHTS = 0o1777

/** Not all of them exist on Windows. */
const { O_RDONLY, O_DIRECTORY = 0, O_NOFOLLOW = 0 } = constants as Partial<typeof constants>
/** Where Linux shows a process what it has open. proc(5). */
const OPEN_FILES = '/proc/self/fd'

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
  readonly #folder: ClaimsFolder
  readonly #claim: string
  readonly #heartbeat: NodeJS.Timeout

  private constructor(path: string, folder: ClaimsFolder, claim: string) {
    this.path = path
    this.#folder = folder
    this.#claim = claim
    // The file system's own clock dates it, as the clocks of two machines may differ.
    this.#heartbeat = setInterval(
      () => void appendFile(native(folder.at(claim)), BEAT).catch(() => undefined),
      HEARTBEAT_MS,
    ).unref()
  }

  /**
   * @param path no link; its folder must exist and be writable.
   * @throws EnvelopeError CONFLICT when another holder does not let go in time.
   */
  static async acquire(path: string, { signal, maxWaitMs = MAX_WAIT_MS }: LockOptions = {}): Promise<FileLock> {
    const name = folderOfClaims(path)
    const giveUpAt = performance.now() + maxWaitMs
    for (;;) {
      signal?.throwIfAborted()
      const lock = (await isFree(name)) ? await FileLock.#try(path, name) : undefined
      if (lock !== undefined) return lock
      if (performance.now() >= giveUpAt) throw held(path, maxWaitMs)
      await sleep(randomInt(PAUSE_MS / 2, PAUSE_MS), undefined, { ...(signal && { signal }) })
    }
  }

  static async #try(path: string, name: string): Promise<FileLock | undefined> {
    const folder = await ClaimsFolder.make(name)
    if (folder === undefined) return undefined
    const claim = await tryClaim(folder).catch(async (error: unknown) => {
      await folder.close()
      throw error
    })
    if (claim !== undefined) return new FileLock(path, folder, claim)
    await folder.close()
    return undefined
  }

  /** Lets go. Never throws. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#heartbeat)
    await removeTemporary(this.#folder.at(this.#claim)) // and the folder, unless others' claims keep it
    await this.#folder.close()
  }
}

/**
 * The folder that claims are made in, held open. Others who may change the folder around it could put a link in its place: what
 * looks like a dead claim would then be deleted wherever that leads, and another folder would get this one's permissions.
 */
class ClaimsFolder {
  readonly name: string
  readonly #path: string
  readonly #handle: FileHandle | undefined

  private constructor(name: string, handle?: FileHandle) {
    this.name = name
    this.#path = handle !== undefined && process.platform === 'linux' ? `${OPEN_FILES}/${handle.fd}` : name
    this.#handle = handle
  }

  /** @returns undefined where there is none. @throws ENOTDIR for a link and for whatever else is no folder. */
  static async open(name: string): Promise<ClaimsFolder | undefined> {
    if (process.platform === 'win32') return new ClaimsFolder(name)
    const handle = await open(native(name), O_RDONLY! | O_DIRECTORY | O_NOFOLLOW).catch(unless('ENOENT'))
    return handle && new ClaimsFolder(name, handle)
  }

  /** Those who may replace files in the folder around it may claim the lock of one. */
  static async make(name: string): Promise<ClaimsFolder | undefined> {
    const { mode } = await stat(native(dirname(name)))
    const isNew = await mkdir(native(name), mode & RIGHTS).then(() => true, unless('EEXIST'))
    const folder = await ClaimsFolder.open(name)
    if (isNew === true && folder !== undefined) await folder.#setMode(mode & RIGHTS)
    return folder
  }

  /** A path to a claim in it, good until it is closed. */
  at(claim: string): string {
    return `${this.#path}/${claim}`
  }

  async claims(): Promise<string[]> {
    const names = await readdir(native(this.#path)).catch(unless('ENOENT'))
    return (names ?? []).filter((name) => CLAIM.test(name))
  }

  async close(): Promise<void> {
    await this.#handle?.close()
  }

  /** Whatever the umask. One with anything in it but claims is not the one that was made. */
  async #setMode(mode: number): Promise<void> {
    if ((await readdir(native(this.#path))).every((name) => CLAIM.test(name))) {
      await this.#handle?.chmod(mode).catch(() => undefined)
    }
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
async function isFree(name: string): Promise<boolean> {
  const folder = await ClaimsFolder.open(name)
  if (folder === undefined) return true
  try {
    return (await folder.claims()).every((tag) => isRunning(tag) !== true)
  } finally {
    await folder.close()
  }
}

/** @returns the claim, unless another one is alive. */
async function tryClaim(folder: ClaimsFolder): Promise<string | undefined> {
  const claim = newTag()
  if (!(await makeClaim(folder, claim))) return undefined
  try {
    const others = (await folder.claims()).filter((other) => other !== claim)
    const now = others.length === 0 ? 0 : (await stat(native(folder.at(claim)))).mtimeMs
    const living = await Promise.all(others.map((other) => isLiving(folder.at(other), other, now)))
    if (!living.includes(true)) return claim
  } catch (error) {
    await removeTemporary(folder.at(claim))
    throw error
  }
  await removeTemporary(folder.at(claim))
  return undefined
}

/** @returns false where the last holder has just removed the folder. */
async function makeClaim(folder: ClaimsFolder, claim: string): Promise<boolean> {
  const handle = await openTemporary(folder.at(claim), 'wx', folder.name).catch(unless('ENOENT'))
  await handle?.close()
  if (handle === undefined) await stat(native(dirname(folder.name))) // without it there will never be a lock
  return handle !== undefined
}

/** A dead one is deleted on the way. */
async function isLiving(claim: string, tag: string, now: number): Promise<boolean> {
  const isOf = isRunning(tag)
  const shownAt = isOf === undefined ? (await stat(native(claim)).catch(() => undefined))?.mtimeMs : undefined
  if (isOf ?? (shownAt !== undefined && now - shownAt < SILENT_MS)) return true
  if (await isClaim(claim)) await removeFile(claim)
  return false
}

/** Nothing is in one but its maker's heartbeats: a file that merely has such a name, as caches give them, must not be deleted. */
async function isClaim(path: string): Promise<boolean> {
  const status = await lstat(native(path)).catch(() => undefined)
  if (status?.isFile() !== true || status.size > MAX_CLAIM_BYTES) return false
  const bytes = await readFile(native(path)).catch(() => undefined)
  return bytes?.every((byte) => byte === BEAT.charCodeAt(0)) === true
}

function unless(code: string): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (error.code !== code) throw error
    return undefined
  }
}
