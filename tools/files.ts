import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/** Files of the repository, new ones included and ignored ones not, as sorted paths from its root. */
export function repositoryFiles(): string[] {
  const { status, stdout } = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  // Tests run where nothing but Node and npm is there, too, and in copies that are no checkout.
  if (status !== 0) return presentFiles().toSorted()
  const unique = new Set(stdout.split('\0').filter((file) => file !== '' && existsSync(file)))
  return [...unique].toSorted()
}

/** What .gitignore names, beside git's own folder. */
const IGNORED = [/^\.git$/, /(^|\/)(node_modules|dist|\.tmp)$/, /^packages\/[^/]+\/LICENSE$/, /\.tgz$/]

/** What git would list: all files but those that are ignored. */
export function presentFiles(folder = ''): string[] {
  return readdirSync(folder === '' ? '.' : folder, { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : join(folder, entry.name)
    if (IGNORED.some((pattern) => pattern.test(path.replaceAll('\\', '/')))) return []
    return entry.isDirectory() ? presentFiles(path) : [path]
  })
}
