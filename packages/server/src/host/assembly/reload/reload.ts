import type { SealStatus } from '../../admin/watched.ts'
import type { ServeOptions } from '../config.ts'
import type { RunningServer } from '../start.ts'

/** The options that a running server can be told. As at its start, an absent one has its default. */
export type ReloadOptions = Omit<ServeOptions, 'folder' | 'port' | 'listen' | 'insecureHttp' | 'requireOpen'>

/** What became of new options. Each is named for people, such as `request rates`. */
export interface Reloaded {
  /** In use from the next request or connection on. */
  applied: string[]
  /** They cannot be used. What was in use before, is. */
  refused: { what: string; why: string }[]
  /** The server goes on as before until it is started again. */
  needsRestart: string[]
}

/** A server that takes new options while it runs, and can be sealed. */
export interface RunningService extends RunningServer {
  /**
   * Uses these options instead of those before, as far as a running server can. Never rejects: what cannot be used is
   * reported, and what was in use before stays.
   */
  reload(options: ReloadOptions): Promise<Reloaded>
  /** Whether its data folder is open, and why not. A server that is sealed refuses every request. */
  seal(): SealStatus
  /** Calls `listener` whenever the folder was opened or sealed. */
  onSeal(listener: (status: SealStatus) => void): void
}

/** A part of a running server that takes new options. */
export interface Reloadable {
  /** For people, such as `request rates`. */
  readonly what: string
  /**
   * Takes what concerns it of the options. Rejects, with a message for an operator, if they cannot be used; then the part goes on
   * exactly as before.
   */
  reload(options: ReloadOptions): Promise<'unchanged' | 'applied' | 'needs restart'>
}

/** Hands new options to the parts of a server, one after the other, each whatever becomes of the others. */
export class Reloading {
  readonly #parts: readonly Reloadable[]
  #last: Promise<unknown> = Promise.resolve()
  #isClosed = false

  constructor(parts: readonly Reloadable[]) {
    this.#parts = parts
  }

  /** Never rejects. Calls that come while one is in progress wait for it: options do not mix. */
  reload(options: ReloadOptions): Promise<Reloaded> {
    const reloaded = this.#last.then(() => this.#each(options))
    this.#last = reloaded
    return reloaded
  }

  /** Waits for what is in progress. The parts, which may close now, get no further options. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#last
  }

  async #each(options: ReloadOptions): Promise<Reloaded> {
    const reloaded: Reloaded = { applied: [], refused: [], needsRestart: [] }
    if (this.#isClosed) return { ...reloaded, refused: [{ what: 'all', why: 'The server is stopping.' }] }
    for (const part of this.#parts) {
      const { what } = part
      try {
        const outcome = await part.reload(options)
        if (outcome === 'applied') reloaded.applied.push(what)
        else if (outcome === 'needs restart') reloaded.needsRestart.push(what)
      } catch (error) {
        reloaded.refused.push({ what, why: Error.isError(error) ? error.message : String(error) })
      }
    }
    return reloaded
  }
}
