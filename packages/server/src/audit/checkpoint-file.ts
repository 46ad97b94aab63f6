import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Clock } from '../platform/clock.ts'
import { syncFolder } from '../platform/durable-folder.ts'
import type { Logger } from '../platform/logger.ts'
import { readSmallFile } from '../platform/small-file.ts'
import type { Journal } from '../vault/storage/journal.ts'
import { type Checkpoint, MAX_CHECKPOINT_BYTES, openCheckpoint, signCheckpoint } from './checkpoint.ts'
import type { AuditCrypto, HeadSigner } from './ports.ts'

/**
 * What a file has: a checkpoint that the folder's own audit key signed; `missing`; or `foreign`, which is anything else, such as
 * the checkpoint of another folder.
 */
export type FoundCheckpoint = Checkpoint | 'missing' | 'foreign'

/** Reads a checkpoint. Rejects for a file that cannot be read, as of another user. */
export async function readCheckpoint(
  path: string,
  publicKey: Uint8Array,
  { sha256, verifier }: AuditCrypto,
): Promise<FoundCheckpoint> {
  try {
    const note = Buffer.from(await readSmallFile(path, MAX_CHECKPOINT_BYTES)).toString()
    return openCheckpoint(note, publicKey, { sha256, verify: verifier(publicKey) }) ?? 'foreign'
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return 'missing'
    if (syscall !== undefined) throw error
    return 'foreign' // not a file, or too long
  }
}

/** What {@link CheckpointKeeper} needs. */
export interface CheckpointOptions {
  /** The file in the data folder, which is replaced whatever it is. */
  own: string
  /** Another one, in a folder that exists. It is replaced only if it is a checkpoint of this data folder, or missing. */
  outside?: string | undefined
  rootId: string
  store: Pick<Journal, 'ledger'>
  signer: HeadSigner
  crypto: AuditCrypto
  clock: Clock
  logger: Logger
}

/** At most this often a checkpoint is written, and only if something was committed. */
const EVERY_MS = 5_000

/**
 * Writes down, outside the database, how far it has come. A checkpoint is never ahead of what is on disk, and never goes back:
 * of several processes on one folder, each leaves a newer one as it is.
 */
export class CheckpointKeeper {
  readonly #options: CheckpointOptions
  readonly #stopTimer: () => void
  #writtenSerial = -1
  #running: Promise<boolean> | undefined

  constructor(options: CheckpointOptions) {
    this.#options = options
    this.#stopTimer = options.clock.every(EVERY_MS, () => void this.keep())
  }

  /**
   * Writes a checkpoint if the database has changed since the last one. Resolves with whether that succeeded; the next call
   * tries again.
   */
  keep(): Promise<boolean> {
    this.#running ??= this.#keep().finally(() => (this.#running = undefined))
    return this.#running
  }

  /** Writes the last one. */
  async close(): Promise<void> {
    this.#stopTimer()
    await this.#running
    await this.keep()
  }

  async #keep(): Promise<boolean> {
    const { rootId, store, signer, crypto, clock, logger, own, outside } = this.#options
    try {
      const ledger = await store.ledger()
      if (ledger === undefined || ledger.serial === this.#writtenSerial) return true
      const { revision, serial, sequence } = ledger
      const checkpoint = { rootId, revision, serial, sequence, timeMs: clock.now() }
      const note = signCheckpoint(signer, checkpoint, crypto.sha256)
      await this.#replace(own, serial, note)
      if (outside !== undefined) await this.#replace(outside, serial, note)
      this.#writtenSerial = serial
      return true
    } catch (error) {
      logger.warn('the checkpoint of the database could not be written: it is tried again', { own, outside, error })
      return false
    }
  }

  async #replace(path: string, serial: number, note: string): Promise<void> {
    const { signer, crypto, own } = this.#options
    const found = await readCheckpoint(path, signer.publicKey, crypto)
    if (found === 'foreign' && path !== own) throw new Error(`${path} is not a checkpoint of this data folder`)
    if (typeof found === 'string' || found.serial < serial) await replaceFile(path, note)
  }
}

/** Writes beside the file, and renames: a reader sees the old note or the new one, also after a power cut. */
async function replaceFile(path: string, text: string): Promise<void> {
  const beside = `${path}.${process.pid}.new`
  {
    await using file = await open(beside, 'w', 0o600)
    await file.writeFile(text)
    await file.sync()
  }
  await rename(beside, path)
  await syncFolder(dirname(path))
}
