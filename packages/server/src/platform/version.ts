import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The version of this package, as its manifest says: above the sources, and above what is built of them. */
export function packageVersion(): string {
  for (let folder = dirname(import.meta.filename); dirname(folder) !== folder; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json')
    if (existsSync(manifest)) return (JSON.parse(readFileSync(manifest, 'utf8')) as { version?: string }).version ?? ''
  }
  return ''
}
