/** A thread that seals or opens batches of frames from one file to another, each read, worked on and written in one go. */
import { createHash } from 'node:crypto'
import { ftruncateSync, readSync, writeSync, writevSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { frameToOpen, frameToSeal, parseFrame } from '../../message/body.ts'
import type { Frame, SealedFrame } from '../../message/body.ts'
import { concat } from '../../base/bytes.ts'
import { FrameIvs, ZERO_FIELD } from '../../message/frame-ivs.ts'
import type { MessageHeader } from '../../message/header.ts'
import { suiteOf } from '../../message/suites.ts'
import { NodeAesGcm } from '../cryptography.ts'
import { runsOf } from '../sparse.ts'
import { NEXT_BATCH, STOP } from './job.ts'
import type { Job, Report } from './job.ts'
import { batchCount, batchOf, extentInSource } from './plan.ts'
import type { Batch } from './plan.ts'

const job = workerData as Job
const suite = suiteOf(job.suiteId)!
const cipher = new NodeAesGcm(job.key)
const message = { suite, messageId: job.messageId }
/** A thread does not see the first frame. Messages with another fixed field are left to the reader that does. */
const frameIvs = new FrameIvs(ZERO_FIELD)
/** More pieces are joined first: systems take only so many at once. */
const MAX_PIECES = 512

let buffer = new Uint8Array(0)
const total = batchCount(job.plan)
for (;;) {
  const index = Atomics.add(job.shared, NEXT_BATCH, 1)
  if (index >= total || Atomics.load(job.shared, STOP) !== 0) break
  const batch = batchOf(job.plan, index, suite)
  const bytes = read(...extentInSource(batch, job.direction))
  const digest = bytes !== undefined && job.digests ? createHash('sha256').update(bytes).digest() : undefined
  if (bytes === undefined || !(job.direction === 'seal' ? seal(batch, bytes) : open(batch, bytes))) {
    report({ irregular: true })
    break
  }
  report({ bytes: bytes.length, index, ...(digest && { digest }) })
}

function report(message: Report): void {
  parentPort!.postMessage(message)
}

/** Each batch is sealed once, whatever happens: a second time would use its IVs again. */
function seal(batch: Batch, bytes: Uint8Array): boolean {
  const frames = Array.from({ length: batch.frames }, (_, index) => frameAt(batch, bytes, index))
  const requests = frames.map((frame) => frameToSeal(message, frame))
  const sealed = cipher.seal(requests)
  const pieces = sealed.flatMap(({ ciphertext, tag }, index) => [requests[index]!.head, ciphertext, tag])
  write(pieces, batch.messageStart)
  return true
}

function frameAt({ firstFrame, frames, hasFinal }: Batch, bytes: Uint8Array, index: number): Frame {
  const { frameLength } = job.plan
  const content = bytes.subarray(index * frameLength, (index + 1) * frameLength)
  const kind = hasFinal && index === frames - 1 ? 'final' : 'regular'
  return { sequence: firstFrame + index, kind, content }
}

function open(batch: Batch, bytes: Uint8Array): boolean {
  const frames = framesIn(batch, bytes)
  if (frames === undefined) return false
  const opened = cipher.open(frames.map((frame) => frameToOpen(message, frame)))
  if (opened === undefined) return false
  if (job.sparse) writeSparsely(concat(opened), batch)
  else write(opened, batch.plaintextStart)
  return true
}

/** Nothing unless the bytes are just the frames that the plan says. */
function framesIn(batch: Batch, bytes: Uint8Array): SealedFrame[] | undefined {
  const { frameLength } = job.plan
  const header = { suite, frameLength, contentType: 'framed' } as MessageHeader
  const frames: SealedFrame[] = []
  let end = 0
  for (let index = 0; index < batch.frames; index++) {
    const parsed = attempt(() => checkedFrame(bytes, end, header, batch.firstFrame + index))
    if (parsed === undefined || 'needs' in parsed) return undefined
    const isLast = batch.hasFinal && index === batch.frames - 1
    if ((parsed.frame.kind === 'final') !== isLast) return undefined
    frames.push(parsed.frame)
    end = parsed.end
  }
  return end === bytes.length ? frames : undefined
}

function checkedFrame(
  bytes: Uint8Array,
  offset: number,
  header: MessageHeader,
  sequence: number,
): ReturnType<typeof parseFrame> {
  const parsed = parseFrame(bytes, offset, header, sequence, header.frameLength)
  if ('frame' in parsed) frameIvs.check(parsed.frame, suite)
  return parsed
}

/** What is wrong with a frame is said by the reader that goes through the message from its beginning. */
function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch {
    return undefined
  }
}

/** Nothing if the file is shorter. The view is overwritten by the next call. */
function read(position: number, length: number): Uint8Array | undefined {
  if (buffer.length < length) buffer = new Uint8Array(length)
  for (let end = 0; end < length;) {
    const bytesRead = readSync(job.sourceFd, buffer, end, length - end, position + end)
    if (bytesRead === 0) return undefined
    end += bytesRead
  }
  return buffer.subarray(0, length)
}

function writeSparsely(bytes: Uint8Array, { plaintextStart, hasFinal }: Batch): void {
  for (const run of runsOf(bytes, plaintextStart)) write([run.bytes], run.position)
  // A hole at the end is part of the file. No other thread writes beyond it.
  if (hasFinal) ftruncateSync(job.targetFd, plaintextStart + bytes.length)
}

function write(pieces: readonly Uint8Array[], position: number): void {
  const bytes = pieces.reduce((sum, piece) => sum + piece.length, 0)
  let written = pieces.length <= MAX_PIECES ? writevSync(job.targetFd, pieces, position) : 0
  if (written === bytes) return
  const whole = concat(pieces) // a disk that is nearly full takes less than it was given
  while (written < bytes) written += writeSync(job.targetFd, whole, written, bytes - written, position + written)
}
