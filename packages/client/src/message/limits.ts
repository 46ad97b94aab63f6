import { aLimit, optional } from '../base/arguments.ts'
import type { Shape } from '../base/arguments.ts'

/** What a reader allows a message to ask for, before anything in it is authenticated. */
export interface Limits {
  /** Each may cost a call to a KMS. The specification has no limit, and recommends one. */
  maxEncryptedDataKeys: number
  /** Bytes of plaintext in a frame: as many are held in memory until their tag verifies. */
  maxFrameLength: number
  /** Bytes of the header in all. */
  maxHeaderBytes: number
}

export const LIMITS_SHAPE: Shape<Limits> = {
  maxEncryptedDataKeys: optional(aLimit),
  maxFrameLength: optional(aLimit),
  maxHeaderBytes: optional(aLimit),
}

const MEBIBYTE = 2 ** 20

export const DEFAULT_LIMITS: Limits = Object.freeze({
  maxEncryptedDataKeys: 100,
  maxFrameLength: 16 * MEBIBYTE,
  maxHeaderBytes: MEBIBYTE,
})

/**
 * Bytes of plaintext in the frames that we write. The official clients write 4096, which spends a third of the time
 * on the frames themselves; every client reads any length.
 */
export const DEFAULT_FRAME_LENGTH = 64 * 1024

/** Sequence numbers have 32 bits, and the highest of them marks the final frame. */
export const MAX_FRAMES = 2 ** 32 - 2
