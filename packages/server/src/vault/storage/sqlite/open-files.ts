import { statSync } from 'node:fs'
import { StorageError } from '../storage-error.ts'

/** SQLite keeps all three open under a connection in WAL mode, and removes none before the last connection closes. */
const SUFFIXES = ['', '-wal', '-shm'] as const

/**
 * The files that a connection has open, by what the file system calls them. A file that was replaced, as by a copy that
 * was renamed into its place, stays what the connection reads and writes, while every other process opens the new one:
 * then neither sees what the other revokes.
 */
export class OpenFiles {
  readonly #identities: readonly (readonly [path: string, identity: string])[]

  /** Those that are open now: call it once the connection has read. */
  constructor(file: string) {
    this.#identities = SUFFIXES.flatMap((suffix) => {
      const identity = identityOf(file + suffix)
      return identity === undefined ? [] : [[file + suffix, identity]]
    })
  }

  /** Throws {@link StorageError} `tampered` when one was replaced or removed. Takes some microseconds. */
  check(): void {
    const other = this.#identities.find(([path, identity]) => identityOf(path) !== identity)
    if (other === undefined) return
    throw new StorageError('tampered', `${other[0]} was replaced or removed while Keyhold was running. Restart it.`)
  }
}

function identityOf(path: string): string | undefined {
  const status = statSync(path, { bigint: true, throwIfNoEntry: false })
  return status && `${status.dev} ${status.ino}`
}
