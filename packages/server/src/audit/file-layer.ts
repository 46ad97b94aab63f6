import * as fs from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { syncFolder } from '../platform/durable-folder.ts'

/** The disk operations of the audit log. Tests make them fail, or watch their order. */
export interface FileLayer {
  /** Creates the folder (mode 0700) and its parents if missing. */
  createFolder(path: string): Promise<void>
  /** Creates a file (mode 0600), open for writing. Rejects if it exists. */
  create(path: string): Promise<WritableFile>
  rename(from: string, to: string): Promise<void>
  /** Truncates a file to `bytes` and waits until that is on disk. */
  truncate(path: string, bytes: number): Promise<void>
  /** Deletes a file. A missing file is not an error. */
  remove(path: string): Promise<void>
  /** Waits until changes to a folder's entries (created, renamed, deleted files) are on disk. */
  syncFolder(path: string): Promise<void>
}

/** A file that is open for writing. */
export interface WritableFile {
  /** Writes all bytes at `position`. If it rejects, any part of them can be written. */
  write(bytes: Uint8Array, position: number): Promise<void>
  /** Resolves when the bytes, and the metadata needed to read them, are on disk (fdatasync(2)). */
  datasync(): Promise<void>
  close(): Promise<void>
}

/** The operations on the real disk. */
export const diskFiles: FileLayer = {
  async createFolder(path) {
    await mkdir(path, { recursive: true, mode: 0o700 })
  },
  async create(path) {
    const { O_CREAT, O_EXCL, O_WRONLY } = fs.constants
    return new DiskFile(await openDescriptor(path, O_CREAT | O_EXCL | O_WRONLY))
  },
  rename,
  async truncate(path, bytes) {
    await using handle = await open(path, 'r+')
    await handle.truncate(bytes)
    await handle.sync()
  },
  async remove(path) {
    await rm(path, { force: true })
  },
  syncFolder,
}

function openDescriptor(path: string, flags: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.open(path, flags, 0o600, (error, descriptor) => (error === null ? resolve(descriptor) : reject(error)))
  })
}

/** Uses callbacks instead of a FileHandle for speed: every response waits for the two calls of its batch. */
class DiskFile implements WritableFile {
  readonly #descriptor: number

  constructor(descriptor: number) {
    this.#descriptor = descriptor
  }

  write(bytes: Uint8Array, position: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const from = (offset: number): void => {
        fs.write(this.#descriptor, bytes, offset, bytes.byteLength - offset, position + offset, (error, written) => {
          if (error !== null) return reject(error)
          if (offset + written === bytes.byteLength) return resolve()
          // A nearly full disk causes a short write. The next call then reports the reason.
          return written > 0 ? from(offset + written) : reject(new Error('the disk accepts no more bytes'))
        })
      }
      from(0)
    })
  }

  datasync(): Promise<void> {
    return settle((done) => fs.fdatasync(this.#descriptor, done))
  }

  close(): Promise<void> {
    return settle((done) => fs.close(this.#descriptor, done))
  }
}

function settle(call: (done: (error: Error | null | undefined) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    call((error) => (error === null || error === undefined ? resolve() : reject(error)))
  })
}
