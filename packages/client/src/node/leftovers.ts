import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { aCount, optional } from '../base/arguments.ts'
import { aPath } from './checks.ts'
import { native, pathOf, stemOf } from './path.ts'
import { isRunning, TAG_PATTERN } from './process-tag.ts'

/** The name of a temporary file. Earlier builds made shorter tags, which do not say who made them. */
const TEMPORARY = new RegExp(`^\\.(?<stem>.*)\\.(?<tag>${TAG_PATTERN}|[0-9a-f]{16})\\.tmp$`, 's')

/** A file that was not written to for so long is left over, if its writer cannot be seen from here. */
const IDLE_MS = 3_600_000

/**
 * The temporary files in a folder that a killed process or a crash has left there: of one file that was to be written,
 * or of all. They may hold plaintext. Nothing is removed, as a process on another machine may still write.
 *
 * @param now milliseconds since 1970.
 */
export async function leftoversIn(folder: string, now: number, of?: string): Promise<string[]> {
  aPath(folder, 'leftoversIn: the folder')
  aCount(now, 'leftoversIn: the time')
  optional(aPath)(of, 'leftoversIn: the file')
  const stem = of === undefined ? undefined : stemOf(of)
  const names = await readdir(native(folder), { encoding: 'buffer' }).catch(() => [])
  const found = await Promise.all(
    names.map(pathOf).map(async (name) => {
      const parts = TEMPORARY.exec(name)?.groups
      if (parts === undefined || (stem !== undefined && parts['stem'] !== stem)) return []
      const path = join(folder, name)
      return (await isLeftOver(path, parts['tag']!, now)) ? [path] : []
    }),
  )
  return found.flat()
}

/** As {@link leftoversIn}, of the file at this path. */
export async function leftoversBeside(path: string, now: number): Promise<string[]> {
  aPath(path, 'leftoversBeside: the path')
  return leftoversIn(dirname(path), now, basename(path))
}

async function isLeftOver(path: string, tag: string, now: number): Promise<boolean> {
  const running = tag.length === 16 ? undefined : isRunning(tag)
  if (running !== undefined) return !running
  const status = await stat(native(path)).catch(() => undefined)
  return status !== undefined && now - status.mtimeMs > IDLE_MS
}
