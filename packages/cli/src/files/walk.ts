import type { Dirent } from 'node:fs'
import type { Excludes } from './exclude.ts'
import type { HeldFolder, Times } from './held-folder.ts'
import { UsageError } from '../base/errors.ts'

/** What was found below a folder; `path` is the names on the way to it. */
export type Found =
  | { kind: 'file'; path: readonly string[]; bytes: number }
  /** After all that is in it. */
  | { kind: 'folder'; path: readonly string[]; times: Times }
  /** Left out because `excludes` says so. */
  | { kind: 'excluded'; path: readonly string[] }
  /** Not gone into; the reason is for people. */
  | { kind: 'skipped'; path: readonly string[]; reason: string }
  /** A folder that cannot be read, or a file whose name cannot be used. */
  | { kind: 'failed'; path: readonly string[]; error: unknown }

export interface WalkOptions {
  /** Whether the sizes of files are looked up. Otherwise they are 0. */
  measures?: boolean
  excludes?: Excludes
}

/** Everything below a folder, in the order of the names. No link is followed. */
export async function* walk(
  folder: HeldFolder,
  options: WalkOptions = {},
  path: readonly string[] = [],
): AsyncGenerator<Found> {
  for (const entry of await folder.entries()) {
    const name = entry.name.toString()
    const here = [...path, name]
    if (!Buffer.from(name).equals(entry.name)) yield { kind: 'failed', path: here, error: notUtf8() }
    else if (options.excludes?.(here) === true) yield { kind: 'excluded', path: here }
    else if (entry.isDirectory()) yield* walkChild(folder, name, options, here)
    else if (!entry.isFile()) yield { kind: 'skipped', path: here, reason: reasonFor(entry) }
    else yield { kind: 'file', path: here, bytes: options.measures === true ? await folder.sizeOf(name) : 0 }
  }
  yield { kind: 'folder', path, times: await folder.times() }
}

async function* walkChild(
  parent: HeldFolder,
  name: string,
  options: WalkOptions,
  path: readonly string[],
): AsyncGenerator<Found> {
  try {
    await using folder = await parent.child(name)
    yield* walk(folder, options, path)
  } catch (error) {
    yield { kind: 'failed', path, error }
  }
}

function reasonFor(entry: Dirent<Buffer>): string {
  return entry.isSymbolicLink() ? 'it is a symbolic link' : 'it is no regular file'
}

function notUtf8(): UsageError {
  return new UsageError('Its name is not UTF-8.')
}
