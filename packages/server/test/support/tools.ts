import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * For a test that needs a program which a machine may lack: `test(name, { skip: needs('strace') }, …)`.
 *
 * Returns `false` when the program is on PATH, else the reason to print for the skip. Where everything must run
 * (KEYHOLD_REQUIRE_TOOLS=1, as in the project's own checks) a missing program throws instead.
 */
export function needs(tool: string): false | string {
  if (isOnPath(tool)) return false
  const reason = `${tool} is not installed`
  if (process.env.KEYHOLD_REQUIRE_TOOLS === '1') throw new Error(`${reason}, and KEYHOLD_REQUIRE_TOOLS=1`)
  return reason
}

function isOnPath(tool: string): boolean {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return folders.some((folder) => isExecutable(join(folder, tool)))
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
