import type { Sink } from './file-writer.ts'

/** A sink that is all or nothing where it can be. Exactly one of `commit` and `discard` is called, once. */
export interface Target extends Sink {
  /** All that was written is final. */
  commit(): Promise<void>
  /** What was written is worthless. Never throws. */
  discard(): Promise<void>
}

/** Commits the target if `fill` succeeds, and discards it if not. */
export async function filling<T>(target: Target, fill: (target: Target) => Promise<T>): Promise<T> {
  let result: T
  try {
    result = await fill(target)
  } catch (error) {
    await target.discard()
    throw error
  }
  await target.commit()
  return result
}

/** What was written to a bare sink cannot be taken back. */
export function released(sink: Sink): Target {
  return {
    write: (pieces) => sink.write(pieces),
    commit: () => sink.write([]),
    discard: () => Promise.resolve(),
  }
}

/** A target that is opened by its first write: before that it is not known what is needed, or whether anything is. */
export class LazyTarget implements Target {
  readonly #open: () => Promise<Target>
  #target: Target | undefined

  constructor(open: () => Promise<Target>) {
    this.#open = open
  }

  /** The target itself, opened if it was not. */
  async target(): Promise<Target> {
    this.#target ??= await this.#open()
    return this.#target
  }

  async write(pieces: readonly Uint8Array[]): Promise<void> {
    await (await this.target()).write(pieces)
  }

  async commit(): Promise<void> {
    await this.#target?.commit()
  }

  async discard(): Promise<void> {
    await this.#target?.discard()
  }
}
