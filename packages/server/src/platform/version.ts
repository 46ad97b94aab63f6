import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/**
 * The version in the first manifest above a file that has one: above the sources, and above what is built of them. A bundle has a
 * manifest of its own beside it, which says only that it is CommonJS.
 */
export function packageVersion(file = import.meta.filename): string {
  for (let folder = dirname(file); dirname(folder) !== folder; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json')
    if (!existsSync(manifest)) continue
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version?: string }
    if (version !== undefined) return version
  }
  return ''
}
