import { join } from 'node:path'
import type { HeldFolder, Times } from './held-folder.ts'

/** A folder that was gone through. */
export interface FoundFolder {
  /** The names on the way to it. */
  path: readonly string[]
  times: Times
}

/** A folder that could not be made, or whose times could not be set. */
export interface FolderFailure {
  path: string
  error: unknown
}

/**
 * Makes each folder in the output, empty ones too, and gives it the times that it has in the input: once all that goes into
 * it is there, as that changes them. Those within others come first, for the same reason.
 *
 * @param name of the output, as people call it.
 */
export async function mirrorFolders(
  output: HeldFolder,
  name: string,
  folders: readonly FoundFolder[],
): Promise<FolderFailure[]> {
  const failures: FolderFailure[] = []
  for (const { path, times } of folders.toSorted((one, other) => other.path.length - one.path.length)) {
    try {
      await using folder = await output.descend(path, { make: true })
      await folder.setTimes(times)
    } catch (error) {
      failures.push({ path: join(name, ...path), error })
    }
  }
  return failures
}
