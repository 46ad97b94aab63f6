import { basename } from 'node:path'
import { diskFiles, type FileLayer, type WritableFile } from '../../../src/audit/file-layer.ts'

export type FileCall =
  | 'createFolder'
  | 'create'
  | 'write'
  | 'datasync'
  | 'close'
  | 'rename'
  | 'truncate'
  | 'remove'
  | 'syncFolder'

/** The real disk. Records each completed call, and fails on demand. */
export class WatchedFiles implements FileLayer {
  readonly calls: string[] = []
  /** Decides whether a call fails, before anything is done. The test itself can make a partial write. */
  fail: (call: FileCall, file: string) => boolean = () => false

  async createFolder(path: string): Promise<void> {
    await this.#do('createFolder', path, () => diskFiles.createFolder(path))
  }

  async create(path: string): Promise<WritableFile> {
    const file = await this.#do('create', path, () => diskFiles.create(path))
    return {
      write: (bytes, position) => this.#do('write', path, () => file.write(bytes, position)),
      datasync: () => this.#do('datasync', path, () => file.datasync()),
      close: () => this.#do('close', path, () => file.close()),
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#do('rename', from, () => diskFiles.rename(from, to))
  }

  async truncate(path: string, bytes: number): Promise<void> {
    await this.#do('truncate', path, () => diskFiles.truncate(path, bytes))
  }

  async remove(path: string): Promise<void> {
    await this.#do('remove', path, () => diskFiles.remove(path))
  }

  async syncFolder(path: string): Promise<void> {
    await this.#do('syncFolder', path, () => diskFiles.syncFolder(path))
  }

  async #do<T>(call: FileCall, path: string, run: () => Promise<T>): Promise<T> {
    const name = basename(path)
    if (this.fail(call, name)) {
      this.calls.push(`${call} ${name} failed`)
      throw Object.assign(new Error(`${call} failed`), { code: 'EIO' })
    }
    const result = await run()
    this.calls.push(`${call} ${name}`)
    return result
  }
}
