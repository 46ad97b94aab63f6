import { accessSync, constants } from 'node:fs'

/** Whether a path is on a file system that is mounted for reading only. False where that cannot be told. */
export function isReadOnlyPlace(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS'
  }
}
