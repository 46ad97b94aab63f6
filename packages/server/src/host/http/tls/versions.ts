import { stat } from 'node:fs/promises'

/**
 * A text that differs when any of the files does: another file of the name, as after a rename or the swap of a symbolic link, or
 * another size or time of the same one. A file that is missing has a version of its own.
 */
export async function versionsOf(files: readonly string[]): Promise<string> {
  const versions = await Promise.all(files.map(versionOf))
  return versions.join('\n')
}

async function versionOf(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(file, { bigint: true })
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ')
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}
