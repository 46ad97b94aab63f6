import type { HeadSigner, Sha256, VerifySignature } from './ports.ts'
import { isSignedNote, numberAfter, signNote } from './signed-note.ts'

/**
 * How far a database had come, kept outside it (docs/spec/ledger.md, "Checkpoints"): one that is behind was put back to an
 * older state. Only who has the root of trust can sign one.
 */
export interface Checkpoint {
  /** The root of trust of the folder. */
  rootId: string
  /** The newest commit. */
  revision: number
  /** The number of transactions. */
  serial: number
  /** The number of changes with an audit record. */
  sequence: number
  /** When it was made, in milliseconds since the epoch. */
  timeMs: number
}

/** The name of the note and its key. */
const NAME = 'keyhold/checkpoint'

/** Many times the size of a checkpoint: others may countersign it. */
export const MAX_CHECKPOINT_BYTES = 16 * 1024

/** A signed note (C2SP signed-note). */
export function signCheckpoint(signer: HeadSigner, checkpoint: Checkpoint, sha256: Sha256): string {
  return signNote(NAME, textOf(checkpoint), signer, sha256)
}

/** Returns the checkpoint in a note that this key signed, or `undefined` for any other text. */
export function openCheckpoint(
  note: string,
  publicKey: Uint8Array,
  crypto: { sha256: Sha256; verify: VerifySignature },
): Checkpoint | undefined {
  const [, root = '', revision, serial, sequence, time] = note.split('\n')
  const checkpoint = {
    rootId: /^root (\S+)$/.exec(root)?.[1] ?? '',
    revision: numberAfter('revision', revision),
    serial: numberAfter('serial', serial),
    sequence: numberAfter('sequence', sequence),
    timeMs: numberAfter('time', time),
  }
  const isWhole = note.startsWith(`${textOf(checkpoint)}\n`)
  return isWhole && isSignedNote(NAME, note, publicKey, crypto) ? checkpoint : undefined
}

function textOf({ rootId, revision, serial, sequence, timeMs }: Checkpoint): string {
  return `${NAME}\nroot ${rootId}\nrevision ${revision}\nserial ${serial}\nsequence ${sequence}\ntime ${timeMs}\n`
}
