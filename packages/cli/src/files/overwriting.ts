import { fstatSync } from 'node:fs'
import type { BigIntStats } from 'node:fs'
import { lstat, stat } from 'node:fs/promises'
import type { Command } from 'commander'
import { FileError, UsageError } from '../base/errors.ts'

/** What may happen to files that exist. */
export interface Overwriting {
  /** False by `--no-clobber`. */
  clobber?: boolean
  inPlace?: boolean
}

export function withOverwriting(command: Command): Command {
  return command
    .option('--no-clobber', 'keep an output that exists, and fail (default: it is replaced in one step)')
    .option('--in-place', 'let the output replace the input; needed where -o names the input')
}

/** @throws FileError for an output that exists and is to be kept. It may also appear later: then the last step fails. */
export async function requireNew(path: string, { clobber }: Overwriting): Promise<void> {
  if (clobber !== false || !(await lstat(path).then(Boolean, () => false))) return
  throw new FileError(`${JSON.stringify(path)} exists already, and --no-clobber keeps it. Name another output with -o.`)
}

/** @throws UsageError for an output that is the input, by whatever name, unless that is what was asked for. */
export async function requireNotTheInput(input: string, output: string, { inPlace }: Overwriting): Promise<void> {
  const isSame = await isSameFile(input, output)
  if (isSame && inPlace !== true) {
    throw new UsageError(`${JSON.stringify(output)} is the input itself. Add --in-place to have it replaced.`)
  }
  if (!isSame && inPlace === true) {
    throw new UsageError(`--in-place replaces the input, and ${JSON.stringify(output)} is another file. Leave out -o.`)
  }
}

async function isSameFile(input: string, output: string): Promise<boolean> {
  const written = await stat(output, { bigint: true }).catch(() => undefined)
  if (written?.isFile() !== true) return false
  const read = input === '-' ? standardInput() : await stat(input, { bigint: true }).catch(() => undefined)
  return read?.dev === written.dev && read.ino === written.ino
}

function standardInput(): BigIntStats | undefined {
  try {
    return fstatSync(0, { bigint: true })
  } catch {
    return undefined // closed
  }
}
