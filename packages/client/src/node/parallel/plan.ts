import { frameHeadBytes } from '../../message/body.ts'
import type { Suite } from '../../message/suites.ts'

/** Where the frames of a body stand, known before any of them is read: so that several threads can work on them. */
export interface BodyPlan {
  /** In the message: where the header ends. */
  readonly bodyStart: number
  readonly frameLength: number
  readonly frames: number
  /** Bytes of plaintext in the final frame. */
  readonly lastLength: number
}

/** How much one thread takes at a time, in whole frames. */
const BATCH_BYTES = 2 ** 20

/** What surrounds the content of a regular frame, and of the final one. */
function overheads(suite: Suite): { regular: number; final: number } {
  const { tagBytes } = suite
  return { regular: frameHeadBytes('regular', suite) + tagBytes, final: frameHeadBytes('final', suite) + tagBytes }
}

export function planForPlaintext(bytes: number, frameLength: number, bodyStart: number): BodyPlan {
  const frames = Math.max(1, Math.ceil(bytes / frameLength))
  return { bodyStart, frameLength, frames, lastLength: bytes - (frames - 1) * frameLength }
}

/** Nothing if no body of this length consists of whole frames. */
export function planForBody(bytes: number, frameLength: number, bodyStart: number, suite: Suite): BodyPlan | undefined {
  const { regular, final } = overheads(suite)
  const before = Math.floor((bytes - final) / (frameLength + regular))
  const lastLength = bytes - final - before * (frameLength + regular)
  if (bytes < final || lastLength > frameLength) return undefined
  return { bodyStart, frameLength, frames: before + 1, lastLength }
}

/** A run of frames, in the message and in the plaintext. */
export interface Batch {
  readonly firstFrame: number
  readonly frames: number
  readonly hasFinal: boolean
  readonly plaintextStart: number
  readonly plaintextBytes: number
  readonly messageStart: number
  readonly messageBytes: number
}

export function batchCount(plan: BodyPlan): number {
  return Math.ceil(plan.frames / framesInBatch(plan))
}

export function batchOf(plan: BodyPlan, index: number, suite: Suite): Batch {
  const { regular, final } = overheads(suite)
  const before = index * framesInBatch(plan)
  const frames = Math.min(framesInBatch(plan), plan.frames - before)
  const hasFinal = before + frames === plan.frames
  const plaintextBytes = hasFinal ? (frames - 1) * plan.frameLength + plan.lastLength : frames * plan.frameLength
  return {
    firstFrame: before + 1,
    frames,
    hasFinal,
    plaintextStart: before * plan.frameLength,
    plaintextBytes,
    messageStart: plan.bodyStart + before * (plan.frameLength + regular),
    messageBytes: plaintextBytes + frames * regular + (hasFinal ? final - regular : 0),
  }
}

/** Where a batch is in the file that is read, and how many bytes of it. */
export function extentInSource(batch: Batch, direction: 'seal' | 'open'): [start: number, bytes: number] {
  return direction === 'seal' ? [batch.plaintextStart, batch.plaintextBytes] : [batch.messageStart, batch.messageBytes]
}

function framesInBatch({ frameLength }: BodyPlan): number {
  return Math.max(1, Math.floor(BATCH_BYTES / frameLength))
}
