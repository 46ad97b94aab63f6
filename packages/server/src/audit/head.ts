import type { HeadSigner, VerifySignature } from './ports.ts'

/** A statement about a stream: its first `size` leaves have this Merkle root. */
export interface Head {
  /** Leaves: all lines except the heads themselves. */
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
 * Returns the head in a line if the line is exactly what {@link signHead} writes and the signature is valid, otherwise
 * `undefined`. The check is exact because heads are not leaves: nothing else would notice a changed byte in one.
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
 * The signed bytes: the body of a checkpoint (C2SP tlog-checkpoint: origin, size, root in base64, one line each), with
 * the time as its extension line, so that witnesses for transparency logs can countersign these heads.
 */
function signedBytes(stream: string, { size, root, timeMs }: Head): Uint8Array {
  return Buffer.from(
    `keyhold/audit/${stream}\n${size}\n${Buffer.from(root, 'hex').toString('base64')}\ntime ${timeMs}\n`,
  )
}

function encodeHead({ size, root, timeMs }: Head, signature: string): string {
  return `{"head":{"size":${size},"root":"${root}","timeMs":${timeMs},"signature":"${signature}"}}`
}
