import type { HeadSigner, Sha256, VerifySignature } from './ports.ts'
import { isSignedNote, numberAfter, signNote, verifierKeyFor } from './signed-note.ts'

/** A statement that a stream's first `size` leaves have this root. */
export interface TreeHead {
  size: number
  /** Hex. */
  root: string
}

/** The result of `keyhold audit head` for a data folder: where each stream without a successor ends. */
export interface KeptHeads {
  /** The number of changes ever committed to the database. */
  sequence: number
  /** When it was made, in milliseconds since the epoch. */
  timeMs: number
  /** By stream. */
  streams: ReadonlyMap<string, TreeHead>
}

/** The name of the note and its key, as a signed note (C2SP signed-note) names its keys. */
const HEADS_NAME = 'keyhold/audit/heads'

/** The maximum number of streams in a note: those of living processes and of those that died since the last start. */
const MAX_STREAMS = 10_000

/** A signed note (C2SP signed-note): a text, an empty line, and a line with the signature over the text. */
export function signHeads(signer: HeadSigner, heads: KeptHeads, sha256: Sha256): string {
  return signNote(HEADS_NAME, textOfHeads(heads), signer, sha256)
}

/** The public key in the format of signed note verifiers (a "vkey"). */
export function verifierKeyOf(publicKey: Uint8Array, sha256: Sha256): string {
  return verifierKeyFor(HEADS_NAME, publicKey, sha256)
}

/** Returns the heads in a note, or `undefined` for any text that is not exactly what {@link signHeads} writes. */
export function parseHeads(note: string): KeptHeads | undefined {
  const [name, sequence, time, ...rest] = note.split('\n')
  const lines = rest.slice(0, rest.indexOf(''))
  const heads = {
    sequence: numberAfter('sequence', sequence),
    timeMs: numberAfter('time', time),
    streams: new Map(lines.map(streamOf)),
  }
  const whole = name === HEADS_NAME && lines.length <= MAX_STREAMS && !heads.streams.has('')
  return whole && note.startsWith(`${textOfHeads(heads)}\n`) ? heads : undefined
}

/** Returns whether the note has a valid signature of this key. The note must be one that {@link parseHeads} accepts. */
export function isSignedHeads(
  note: string,
  publicKey: Uint8Array,
  crypto: { sha256: Sha256; verify: VerifySignature },
): boolean {
  return isSignedNote(HEADS_NAME, note, publicKey, crypto)
}

function textOfHeads({ sequence, timeMs, streams }: KeptHeads): string {
  const lines = [...streams].map(
    ([stream, { size, root }]) => `stream ${stream} ${size} ${Buffer.from(root, 'hex').toString('base64')}\n`,
  )
  return `${HEADS_NAME}\nsequence ${sequence}\ntime ${timeMs}\n${lines.join('')}`
}

/** Returns an empty name for a line that does not describe a stream. */
function streamOf(line: string): [string, TreeHead] {
  const [, stream = '', size = '', root = ''] = /^stream (\S+) (\d{1,15}) (\S+)$/.exec(line) ?? []
  return [stream, { size: Number(size), root: Buffer.from(root, 'base64').toString('hex') }]
}
