import type { HeadSigner, VerifySignature } from './ports.ts'

/** A statement about a stream: its first `size` leaves have this root. */
export interface Head {
  /** Leaves: every line but the heads themselves. */
  size: number
  /** Root of the Merkle tree in hex. */
  root: string
  /** When it was signed, in milliseconds since the epoch. */
  timeMs: number
}

const SIGNATURE_BYTES = 64

/** The head of one batch as a line, signed. */
export function signHead(signer: HeadSigner, stream: string, head: Head): string {
  return encodeHead(head, Buffer.from(signer.sign(signedBytes(stream, head))).toString('base64'))
}

/**
 * The head in a line, when the line is exactly what {@link signHead} writes and the signature is valid; `undefined`
 * otherwise. Exactly, because heads are no leaves: nothing but this check would notice a changed byte in one.
 */
export function openHead(verify: VerifySignature, stream: string, line: string): Head | undefined {
  const parts =
    /^\{"head":\{"size":(\d{1,16}),"root":"([0-9a-f]{64})","timeMs":(\d{1,16}),"signature":"([^"]*)"\}\}$/.exec(line)
  if (parts === null) return undefined
  const head = { size: Number(parts[1]), root: parts[2] ?? '', timeMs: Number(parts[3]) }
  const signature = Buffer.from(parts[4] ?? '', 'base64')
  if (signature.byteLength !== SIGNATURE_BYTES || encodeHead(head, signature.toString('base64')) !== line)
    return undefined
  return verify(signedBytes(stream, head), signature) ? head : undefined
}

/**
 * What is signed: the body of a checkpoint (C2SP tlog-checkpoint: origin, size, root in base64, one line each), with
 * the time as its extension line, so that witnesses made for transparency logs can countersign our heads.
 */
function signedBytes(stream: string, { size, root, timeMs }: Head): Uint8Array {
  return Buffer.from(
    `keyhold/audit/${stream}\n${size}\n${Buffer.from(root, 'hex').toString('base64')}\ntime ${timeMs}\n`,
  )
}

function encodeHead({ size, root, timeMs }: Head, signature: string): string {
  return `{"head":{"size":${size},"root":"${root}","timeMs":${timeMs},"signature":"${signature}"}}`
}
