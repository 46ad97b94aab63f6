import { open } from 'node:fs/promises'
import type { Clock } from './clock.ts'
import { Condition } from './log/condition.ts'
import type { Logger } from './logger.ts'

/** What opens a file and closes it again. Rejects with the system's error. */
type Probe = () => Promise<void>

const LOOK_EVERY_MS = 1000
/** The process, or the whole system, has as many open files as it may. */
const NONE_LEFT: readonly unknown[] = ['EMFILE', 'ENFILE']

/**
 * Notices when the process can open no more files. Node says nothing then: it closes each new connection at once, and clients see a
 * reset. Looks once per second, by opening a file, because limits can be changed from outside.
 */
export class OpenFiles {
  readonly #probe: Probe
  readonly #exhausted: Condition
  readonly #stopTimer: () => void
  #looking: Promise<void> | undefined

  constructor({ clock, logger, probe = openNothing }: { clock: Clock; logger: Logger; probe?: Probe }) {
    this.#probe = probe
    this.#exhausted = new Condition(logger, {
      began:
        'no more files can be opened: new connections are closed unanswered, so raise the limit (LimitNOFILE, ulimit -n)',
      ended: 'files can be opened again: new connections are answered',
    })
    this.#stopTimer = clock.every(LOOK_EVERY_MS, () => void (this.#looking ??= this.#look()))
  }

  /** Whether no more files can be opened at present. */
  get areExhausted(): boolean {
    return this.#exhausted.holds
  }

  /** How often that has begun. */
  get timesExhausted(): number {
    return this.#exhausted.times
  }

  /** Stops looking. */
  async stop(): Promise<void> {
    this.#stopTimer()
    await this.#looking
  }

  async #look(): Promise<void> {
    try {
      await this.#probe()
      this.#exhausted.end()
    } catch (error) {
      // Other errors say nothing about the number of files.
      if (Error.isError(error) && 'code' in error && NONE_LEFT.includes(error.code)) this.#exhausted.begin({ error })
    }
    this.#looking = undefined
  }
}

/** A file that every process can open: its own program. */
async function openNothing(): Promise<void> {
  const handle = await open(process.execPath, 'r')
  await handle.close()
}
