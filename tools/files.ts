import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** Files of the repository, new ones included and ignored ones not, as sorted paths from its root. */
export function repositoryFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  const unique = new Set(listed.split('\0').filter((file) => file !== '' && existsSync(file)))
  return [...unique].toSorted()
}
