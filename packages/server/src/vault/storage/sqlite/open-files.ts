import { statSync } from 'node:fs'
import { StorageError } from '../storage-error.ts'

/** SQLite keeps all three open for a connection in WAL mode, and removes none before the last connection closes. */
const SUFFIXES = ['', '-wal', '-shm'] as const

/**
 * The files that a connection has open, by their identity in the file system. If a file is replaced, for example by
 * renaming a copy into its place, the connection keeps using the old file, while other processes open the new one: then
 * neither sees what the other revokes.
 */
export class OpenFiles {
  readonly #identities: readonly (readonly [path: string, identity: string])[]

  /** Records the files that are open now: call it after the connection has read. */
  constructor(file: string) {
    this.#identities = SUFFIXES.flatMap((suffix) => {
      const identity = identityOf(file + suffix)
      return identity === undefined ? [] : [[file + suffix, identity]]
    })
  }

  /** Throws {@link StorageError} `tampered` if one was replaced or removed. Takes a few microseconds. */
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
