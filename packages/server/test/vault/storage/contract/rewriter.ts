import type { Rewriter } from '../../../../src/vault/storage/rewriter.ts'

/** Gives rows of generation `from` the generation `to`, and other bytes; refuses those of a third one. */
export function rewriter(settings: unknown): Rewriter {
  const { from, to } = settings as { from: number; to: number }
  return (row) => {
    if (row.generation === to) return 'keep'
    if (row.generation !== from) return 'refused'
    return { ...row, generation: to, sealed: Uint8Array.of(7), mac: new Uint8Array(32) }
  }
}
