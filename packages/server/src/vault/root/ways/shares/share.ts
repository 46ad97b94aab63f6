import { createHash, hash } from 'node:crypto'
import { Secret } from '@keyhold/protocol'
import { equalInConstantTime } from '../../../../crypto/constant-time.ts'
import { areNumbers } from './numbers.ts'

/** Recovery shares as bytes (docs/spec/recovery-shares.md). */

/** Which root and which set of shares something belongs to: the first eight digits of the root's and of the way's id. */
export interface ShareSet {
  root: string
  set: string
}

/** One share of a set. */
export interface Share extends ShareSet {
  /** From 1 to {@link count}: what its holder and messages call it. */
  index: number
  /** How many shares of the set open the root. */
  threshold: number
  /** How many shares the set has. */
  count: number
  /** The value of the polynomials at the share's coordinate, and that coordinate: {@link POINT_BYTES}. */
  point: Secret
  /** The key check value of what the shares open, in hexadecimal digits. */
  check: string
}

/** The 32 bytes that are shared, with the coordinate. */
const POINT_BYTES = 33
/** The length of a share. */
export const SHARE_BYTES = 56
/** The length of a key check value. */
export const CHECK_BYTES = 7

const VERSION = 1
const ID_BYTES = 4
const CHECKSUM_BYTES = 4
const COVERED_BYTES = SHARE_BYTES - CHECKSUM_BYTES
const ROOT_AT = 4
const SET_AT = ROOT_AT + ID_BYTES
const POINT_AT = SET_AT + ID_BYTES
const CHECK_AT = POINT_AT + POINT_BYTES

/** The set of the way with this id to the root with that id. */
export function setOf({ rootId, id }: { rootId: string; id: string }): ShareSet {
  return { root: rootId.slice(0, ID_BYTES * 2), set: id.slice(0, ID_BYTES * 2) }
}

/** The bytes of a share, which the caller wipes. */
export function encodeShare({ root, set, index, threshold, count, point, check }: Share): Buffer {
  const bytes = Buffer.alloc(SHARE_BYTES)
  bytes.set([VERSION, index, threshold, count])
  bytes.write(root, ROOT_AT, 'hex')
  bytes.write(set, SET_AT, 'hex')
  bytes.set(point.reveal(), POINT_AT)
  bytes.write(check, CHECK_AT, 'hex')
  bytes.write(checksumOf(bytes), COVERED_BYTES, 'hex')
  return bytes
}

/** Parses a share, or returns why it cannot be used. The caller wipes `bytes`, and the point. */
export function parseShare(bytes: Uint8Array): Share | 'damaged' | 'unsupported' {
  const [version = 0, index = 0, threshold = 0, count = 0] = bytes
  if (!isSound(bytes)) return 'damaged'
  if (version !== VERSION) return 'unsupported'
  const hex = (start: number, end: number): string => Buffer.from(bytes.subarray(start, end)).toString('hex')
  // A copy: `slice` of a Buffer is none.
  const point = Secret.of(Uint8Array.from(bytes.subarray(POINT_AT, CHECK_AT)))
  const isOrdered = areNumbers(threshold, count) && 1 <= index && index <= count
  if (!isOrdered || point.reveal().at(-1) === 0) return 'damaged'
  const ids = { root: hex(ROOT_AT, SET_AT), set: hex(SET_AT, POINT_AT) }
  return { ...ids, index, threshold, count, point, check: hex(CHECK_AT, COVERED_BYTES) }
}

/** Whether the bytes are as long as a share, and match their checksum. */
export function isSound(bytes: Uint8Array): boolean {
  if (bytes.byteLength !== SHARE_BYTES) return false
  return equalInConstantTime(bytes.subarray(COVERED_BYTES), Buffer.from(checksumOf(bytes), 'hex'))
}

/** Names one share of one set without revealing anything of it: the bytes hashed have 256 bits that no one can guess. */
export function digestOf(share: Share): string {
  const bytes = encodeShare(share)
  const digest = createHash('sha256').update('keyhold/recovery-share').update(bytes).digest('hex')
  bytes.fill(0)
  return digest
}

function checksumOf(bytes: Uint8Array): string {
  return hash('sha256', bytes.subarray(0, COVERED_BYTES)).slice(0, CHECKSUM_BYTES * 2)
}
