import { type FileHandle, open, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Secret } from '@keyhold/protocol'

/** A new file that only its owner may read, for one access key in the form of AWS's shared credentials. */
export class CredentialsFile {
  readonly path: string
  readonly #handle: FileHandle

  private constructor(path: string, handle: FileHandle) {
    this.path = path
    this.#handle = handle
  }

  /** Makes the file, empty. Rejects when anything of that name exists, a link included: nothing is ever replaced. */
  static async create(file: string): Promise<CredentialsFile> {
    const path = resolve(file)
    return new CredentialsFile(path, await open(path, 'wx', 0o600))
  }

  /** Writes the access key to the disk and closes the file. */
  async write(accessKeyId: string, secret: Secret): Promise<void> {
    const head = Buffer.from(`[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = `)
    const text = Buffer.concat([head, secret.reveal(), Buffer.from('\n')])
    try {
      await this.#handle.writeFile(text)
      await this.#handle.sync()
    } finally {
      text.fill(0)
      await this.#handle.close()
    }
  }

  /** Takes the file away again. */
  async discard(): Promise<void> {
    await this.#handle.close()
    await rm(this.path, { force: true })
  }
}
