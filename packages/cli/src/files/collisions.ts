import { mkdtemp, rmdir, stat, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { UsageError } from '../base/errors.ts'

/**
 * Whether files can stand beside each other under these paths.
 *
 * @param foldsNames asked only where it matters: whether the file system takes names for one that differ in case or in
 *   how their accents are composed.
 * @throws UsageError for two that are one path, and for a file that would stand where another needs a folder.
 */
export async function requireNoCollision(paths: readonly string[], foldsNames: () => Promise<boolean>): Promise<void> {
  const exact = firstCollision(paths, (path) => path)
  const collision = exact ?? firstCollision(paths, (path) => path.normalize('NFC').toLowerCase())
  if (collision === undefined || (exact === undefined && !(await foldsNames()))) return
  const [one, other] = collision.map((path) => JSON.stringify(path))
  throw new UsageError(`${one} and ${other} cannot both be written. Rename one of the files that they come from.`)
}

function firstCollision(
  paths: readonly string[],
  keyOf: (path: string) => string,
): readonly [string, string] | undefined {
  const files = new Map<string, string>()
  for (const path of paths) {
    const other = files.get(keyOf(path))
    if (other !== undefined) return [other, path]
    files.set(keyOf(path), path)
  }
  for (const path of paths) {
    const file = foldersOf(path).flatMap((folder) => files.get(keyOf(folder)) ?? [])[0]
    if (file !== undefined) return [file, path]
  }
  return undefined
}

function foldersOf(path: string): readonly string[] {
  const folder = dirname(path)
  return folder === path ? [] : [folder, ...foldersOf(folder)]
}

const COMPOSED = '\u00e9'

/** Tries it out in the folder. */
export async function foldsNames(folder: string): Promise<boolean> {
  const place = await mkdtemp(join(folder, '.keyhold-'))
  const exists = (name: string): Promise<boolean> => stat(join(place, name)).then(Boolean, () => false)
  try {
    await writeFile(join(place, COMPOSED), '')
    return (await exists(COMPOSED.toUpperCase())) || (await exists(COMPOSED.normalize('NFD')))
  } finally {
    await unlink(join(place, COMPOSED)).catch(() => undefined)
    await rmdir(place).catch(() => undefined) // what others have put there is theirs
  }
}
