import type { Sink } from './file-writer.ts'

/** A sink that is all or nothing where it can be. Exactly one of `commit` and `discard` is called, once. */
export interface Target extends Sink {
  /** All that was written is final. */
  commit(): Promise<void>
  /** What was written is worthless. Never throws. */
  discard(): Promise<void>
}

/** What was written to a bare sink cannot be taken back. */
export function released(sink: Sink): Target {
  return {
    write: (pieces) => sink.write(pieces),
    commit: () => sink.write([]),
    discard: () => Promise.resolve(),
  }
}
