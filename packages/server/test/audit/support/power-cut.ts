import { existsSync } from 'node:fs'
import { rm, truncate } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { diskFiles, type FileLayer, type WritableFile } from '../../../src/audit/file-layer.ts'
import type { AuditBench } from './audit-bench.ts'

/**
 * The real disk, and the minimum that a power failure leaves of it: a name survives after its folder was synced, bytes
 * of a file after the file was (fsync(2): "Calling fsync() does not necessarily ensure that the entry in the directory
 * containing the file has also reached disk").
 */
export class PowerCutFiles implements FileLayer {
  /** Names that no sync of their folder has made durable. */
  readonly #unsynced = new Set<string>()
  /** How many bytes of each written file are durable. */
  readonly #durableBytes = new Map<string, number>()

  async createFolder(path: string): Promise<void> {
    if (!existsSync(path)) this.#unsynced.add(path)
    await diskFiles.createFolder(path)
  }

  async create(path: string): Promise<WritableFile> {
    const file = await diskFiles.create(path)
    this.#unsynced.add(path)
    let end = 0
    this.#durableBytes.set(path, 0)
    return {
      write: async (bytes, position) => {
        await file.write(bytes, position)
        end = Math.max(end, position + bytes.byteLength)
      },
      datasync: async () => {
        await file.datasync()
        this.#durableBytes.set(path, end)
      },
      close: () => file.close(),
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await diskFiles.rename(from, to)
    const moved = [...this.#unsynced].filter((path) => path === from || dirname(path) === from)
    for (const path of moved) {
      this.#unsynced.delete(path)
      this.#unsynced.add(join(to, relative(from, path)))
    }
  }

  async truncate(path: string, bytes: number): Promise<void> {
    await diskFiles.truncate(path, bytes)
  }

  async remove(path: string): Promise<void> {
    await diskFiles.remove(path)
    this.#unsynced.delete(path)
    this.#durableBytes.delete(path)
  }

  async syncFolder(path: string): Promise<void> {
    await diskFiles.syncFolder(path)
    for (const name of this.#unsynced) if (dirname(name) === path) this.#unsynced.delete(name)
  }

  /** A copy of the bench as a power failure now would leave it. */
  async cut(bench: AuditBench): Promise<AuditBench> {
    const copy = await bench.afterCrash()
    const copied = (path: string): string => join(copy.root, relative(bench.root, path))
    for (const [path, bytes] of this.#durableBytes) {
      if (existsSync(copied(path))) await truncate(copied(path), bytes)
    }
    for (const path of this.#unsynced) await rm(copied(path), { recursive: true, force: true })
    return copy
  }
}
