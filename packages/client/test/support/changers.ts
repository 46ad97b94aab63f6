import { execFile } from 'node:child_process'
import { join } from 'node:path'

const CHILD = join(import.meta.dirname, '../children/change-files.ts')

/** Runs children/change-files.ts. Answers what it printed; nothing where it was killed. */
export function changer(...args: readonly (string | number)[]): Promise<Record<string, number> | undefined> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, ['--conditions=source', CHILD, ...args.map(String)], (error, stdout) => {
      if (error?.signal === 'SIGKILL') resolve(undefined)
      else if (error) reject(error)
      else resolve(JSON.parse(stdout) as Record<string, number>)
    })
  })
}
