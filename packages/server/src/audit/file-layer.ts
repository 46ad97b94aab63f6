import * as fs from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { syncFolder } from '../platform/durable-folder.ts'

/** The few things the audit log does to a disk, so that a test can make each of them fail or watch their order. */
export interface FileLayer {
  /** Creates the folder (0700) and its parents where missing. */
  createFolder(path: string): Promise<void>
  /** Creates a file (0600) that must not exist yet, open for writing. */
  create(path: string): Promise<WritableFile>
  rename(from: string, to: string): Promise<void>
  /** Cuts a file to `bytes` and waits until that is on disk. */
  truncate(path: string, bytes: number): Promise<void>
  /** Deletes a file; one that does not exist is no error. */
  remove(path: string): Promise<void>
  /** Waits until the entries of a folder (files made, renamed, deleted) are on disk. */
  syncFolder(path: string): Promise<void>
}

export interface WritableFile {
  /** Writes all bytes at `position`, or rejects having written any part of them. */
  write(bytes: Uint8Array, position: number): Promise<void>
  /** Resolves when the bytes, and what is needed to read them, are on disk (fdatasync(2)). */
  datasync(): Promise<void>
  close(): Promise<void>
}

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

/** Callbacks rather than a FileHandle: two calls for each batch are on the path of every answer. */
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
          // A short write is what a nearly full disk answers; the next call then says why.
          return written > 0 ? from(offset + written) : reject(new Error('the disk takes no more bytes'))
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
