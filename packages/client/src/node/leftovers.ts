import { readdir, stat } from 'node:fs/promises'
import { bytesOf, folderOf, nameOf, stemOf, within } from './path.ts'
import type { Path } from './path.ts'
import { isRunning, TAG_PATTERN } from './process-tag.ts'

/** The name of a temporary file, its bytes as Latin-1. Earlier builds made shorter tags, which do not say who made them. */
const TEMPORARY = new RegExp(`^\\.(?<stem>.*)\\.(?<tag>${TAG_PATTERN}|[0-9a-f]{16})\\.tmp$`, 's')

/** A file that nobody has written to for so long is left over, if its writer cannot be seen from here. */
const IDLE_MS = 3_600_000

/**
 * The temporary files in a folder that a killed process or a crash has left there: of one file that was to be written,
 * or of all. They may hold plaintext. Nothing is removed, as a process on another machine may still write.
 *
 * @param now milliseconds since 1970.
 */
export async function leftoversIn(folder: Path, now: number, of?: Path): Promise<Path[]> {
  const stem = of === undefined ? undefined : bytesOf(stemOf(of)).toString('latin1')
  const names = await readdir(folder, { encoding: 'buffer' }).catch(() => [])
  const found = await Promise.all(
    names.map(async (name) => {
      const parts = TEMPORARY.exec(name.toString('latin1'))?.groups
      if (parts === undefined || (stem !== undefined && parts['stem'] !== stem)) return []
      const path = within(folder, asText(name))
      return (await isLeftOver(path, parts['tag']!, now)) ? [path] : []
    }),
  )
  return found.flat()
}

/** As {@link leftoversIn}, of the file at this path. */
export function leftoversBeside(path: Path, now: number): Promise<Path[]> {
  return leftoversIn(folderOf(path), now, nameOf(path))
}

async function isLeftOver(path: Path, tag: string, now: number): Promise<boolean> {
  const running = tag.length === 16 ? undefined : isRunning(tag)
  if (running !== undefined) return !running
  const status = await stat(path).catch(() => undefined)
  return status !== undefined && now - status.mtimeMs > IDLE_MS
}

function asText(name: Buffer): Path {
  const text = name.toString()
  return Buffer.from(text).equals(name) ? text : name
}
