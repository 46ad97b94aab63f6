import { bytesOfBase64 } from '../platform/base64.ts'
import type { HeadSigner, Sha256, VerifySignature } from './ports.ts'

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
const ED25519 = 1
const SIGNATURE_BYTES = 64
const KEY_ID_BYTES = 4

/** A signed note (C2SP signed-note): a text, an empty line, and a line with the signature over the text. */
export function signHeads(signer: HeadSigner, heads: KeptHeads, sha256: Sha256): string {
  const text = textOfHeads(heads)
  const signature = Buffer.concat([keyId(signer.publicKey, sha256), signer.sign(Buffer.from(text))])
  return `${text}\n\u2014 ${HEADS_NAME} ${signature.toString('base64')}\n`
}

/** The public key in the format of signed note verifiers (a "vkey"). */
export function verifierKeyOf(publicKey: Uint8Array, sha256: Sha256): string {
  const key = Buffer.concat([Buffer.of(ED25519), publicKey]).toString('base64')
  return `${HEADS_NAME}+${keyId(publicKey, sha256).toString('hex')}+${key}`
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
  { sha256, verify }: { sha256: Sha256; verify: VerifySignature },
): boolean {
  const end = note.indexOf('\n\n') + 1
  // Other parties can have countersigned the note; their lines are ignored.
  const mine = note
    .slice(end + 1)
    .split('\n')
    .find((line) => line.startsWith(`\u2014 ${HEADS_NAME} `))
  const signature = bytesOfBase64(mine?.split(' ')[2] ?? '')
  return (
    signature?.byteLength === KEY_ID_BYTES + SIGNATURE_BYTES &&
    signature.subarray(0, KEY_ID_BYTES).equals(keyId(publicKey, sha256)) &&
    verify(Buffer.from(note.slice(0, end)), signature.subarray(KEY_ID_BYTES))
  )
}

function textOfHeads({ sequence, timeMs, streams }: KeptHeads): string {
  const lines = [...streams].map(
    ([stream, { size, root }]) => `stream ${stream} ${size} ${Buffer.from(root, 'hex').toString('base64')}\n`,
  )
  return `${HEADS_NAME}\nsequence ${sequence}\ntime ${timeMs}\n${lines.join('')}`
}

function numberAfter(word: string, line = ''): number {
  const [found, digits = '', ...others] = line.split(' ')
  return found === word && others.length === 0 && /^\d{1,15}$/.test(digits) ? Number(digits) : NaN
}

/** Returns an empty name for a line that does not describe a stream. */
function streamOf(line: string): [string, TreeHead] {
  const [, stream = '', size = '', root = ''] = /^stream (\S+) (\d{1,15}) (\S+)$/.exec(line) ?? []
  return [stream, { size: Number(size), root: Buffer.from(root, 'base64').toString('hex') }]
}

function keyId(publicKey: Uint8Array, sha256: Sha256): Buffer {
  const named = Buffer.concat([Buffer.from(`${HEADS_NAME}\n`), Buffer.of(ED25519), publicKey])
  return Buffer.from(sha256(named), 'hex').subarray(0, KEY_ID_BYTES)
}
