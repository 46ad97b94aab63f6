import { parseJson } from '@keyhold/protocol'
import type { Logger } from '../../../platform/logger.ts'
import { readIfChanged } from '../../../platform/small-file.ts'
import type { IssuerKeys } from './issuer-keys.ts'
import { type KeySet, keySet } from './key-set.ts'
import { keysUnavailable } from './refusal.ts'

const MAX_FILE_BYTES = 64 * 1024

/**
 * The keys in a file, read again whenever the file changes. Unlike fetched keys they have no period of grace: if the
 * file is missing or unreadable, the operator made it so, and its keys are no longer used.
 */
export class FileKeys implements IssuerKeys {
  readonly #file: string
  readonly #logger: Logger
  #read: { keys: KeySet; version: string } | undefined
  /** The last logged problem. Every forged token leads here, and must not fill the log. */
  #reported: string | undefined

  constructor(file: string, logger: Logger) {
    this.#file = file
    this.#logger = logger
  }

  async current(): Promise<KeySet> {
    try {
      return await this.#whatIsThere()
    } catch (error) {
      this.#report(Error.isError(error) ? error.message : String(error))
      throw keysUnavailable()
    }
  }

  /** Each call reads the current file, so no newer keys exist. */
  renewed(): Promise<KeySet> {
    return this.current()
  }

  async #whatIsThere(): Promise<KeySet> {
    const before = this.#read
    const changed = await readIfChanged(this.#file, MAX_FILE_BYTES, before?.version)
    if (changed !== undefined) {
      this.#read = { keys: keySet(parseJson(changed.bytes)), version: changed.version }
      this.#reported = undefined
      return this.#read.keys
    }
    if (before === undefined) throw new Error('nothing was read')
    return before.keys
  }

  #report(problem: string): void {
    if (problem === this.#reported) return
    this.#reported = problem
    this.#logger.warn('the file with the keys of an OpenID Connect issuer cannot be used: its tokens are refused', {
      file: this.#file,
      problem,
    })
  }
}
