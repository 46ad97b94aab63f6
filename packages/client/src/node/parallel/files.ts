import type { FileHandle } from 'node:fs/promises'
import type { AesGcm } from '../../message/crypto.ts'
import type { MessageDecryptor } from '../../envelope/decryptor.ts'
import type { MessageEncryptor } from '../../envelope/encryptor.ts'
import { EnvelopeError } from '../../base/error.ts'
import { readUnverifiedHeader } from '../../envelope/inspect.ts'
import type { MessageHeader } from '../../message/header.ts'
import { suiteOf } from '../../message/suites.ts'
import { AtomicFile } from '../atomic-file.ts'
import type { NodeAesGcm } from '../cryptography.ts'
import { PieceDigests } from '../read-content.ts'
import type { ReadContent } from '../read-content.ts'
import type { LazyTarget, Target } from '../target.ts'
import type { BatchDone, Job } from './job.ts'
import { batchCount, batchOf, extentInSource, planForBody, planForPlaintext } from './plan.ts'
import type { BodyPlan } from './plan.ts'
import { PARALLEL_FROM_BYTES, runInThreads } from './run.ts'

/** Frames of this length and below cost more than is gained; longer ones than the other are held by each thread. */
const MIN_FRAME_LENGTH = 2 ** 12
const MAX_FRAME_LENGTH = 2 ** 22

interface FileOptions {
  onProgress?: (bytes: number) => void
  signal?: AbortSignal
  /** Told what is read, where it must be known. */
  content?: ReadContent | undefined
}

/**
 * Seals the body of a message in several threads, where source and target are files and large enough to be worth it.
 *
 * @returns whether it did; if not, nothing was sealed.
 * @throws EnvelopeError CONFLICT for a file whose length changes meanwhile.
 */
export async function sealInThreads(
  source: FileHandle | undefined,
  target: Target,
  encryptor: MessageEncryptor,
  options: FileOptions,
): Promise<boolean> {
  const { header, headerBytes } = encryptor
  if (source === undefined || !(target instanceof AtomicFile) || !isWorthIt(header)) return false
  const size = await sizeOf(source)
  if (size < PARALLEL_FROM_BYTES) return false
  const plan = planForPlaintext(size, header.frameLength, headerBytes.length)
  const job = jobOf('seal', header, encryptor.handOver(size), plan)
  const asPlanned = await run(job, source, target, options)
  if (asPlanned && (await sizeOf(source)) === size) return true
  throw new EnvelopeError('CONFLICT', 'The file changed its length while it was being encrypted.')
}

/**
 * Opens the body of a message in several threads, where source and target are files and large enough to be worth it.
 * What is wrong with a message is found by reading it from its beginning.
 *
 * @returns whether it did; and if not, up to where the decryptor has been given the message.
 */
export async function openInThreads(
  source: FileHandle | undefined,
  lazyTarget: LazyTarget,
  decryptor: MessageDecryptor,
  options: FileOptions,
): Promise<{ isDone: boolean; end?: number }> {
  const size = source === undefined ? 0 : await sizeOf(source)
  if (source === undefined || size < PARALLEL_FROM_BYTES) return { isDone: false }
  const found = await readUnverifiedHeader(positions(source)).catch(() => undefined)
  if (found === undefined || !isWorthIt(found.header)) return { isDone: false }
  const { header, headerBytes: end } = found
  const plan = planForBody(size - end, header.frameLength, end, header.suite)
  if (plan === undefined) return { isDone: false }
  const bytes = new Uint8Array(end)
  await source.read(bytes, 0, end, 0)
  options.content?.update(bytes)
  await decryptor.push(bytes)
  const target = decryptor.header === undefined ? undefined : await lazyTarget.target()
  if (!(target instanceof AtomicFile)) return { isDone: false, end }
  options.onProgress?.(end)
  const isDone = await run(jobOf('open', decryptor.header!, decryptor.cipher!, plan), source, target, options)
  if (!isDone) await target.clear()
  return { isDone, end }
}

/** In Deno a thread has descriptors of its own, and cannot read the file that another one opened. */
const THREADS_SHARE_FILES = !('deno' in process.versions)

/** A signature is made over the frames in their order, by one thread. */
function isWorthIt({ suite, contentType, frameLength }: MessageHeader): boolean {
  const isUnsignedFrames = suite.signature === undefined && contentType === 'framed'
  return THREADS_SHARE_FILES && isUnsignedFrames && frameLength >= MIN_FRAME_LENGTH && frameLength <= MAX_FRAME_LENGTH
}

/** Nothing of what is no regular file has a size that is known. */
async function sizeOf(file: FileHandle): Promise<number> {
  const status = await file.stat()
  return status.isFile() ? status.size : 0
}

type Work = Pick<Job, 'direction' | 'key' | 'suiteId' | 'messageId' | 'plan'>

function jobOf(direction: Job['direction'], header: MessageHeader, cipher: AesGcm, plan: BodyPlan): Work {
  const { suite, messageId } = header
  return { direction, key: (cipher as NodeAesGcm).key, suiteId: suite.id, messageId: new Uint8Array(messageId), plan }
}

async function run(work: Work, source: FileHandle, target: AtomicFile, options: FileOptions): Promise<boolean> {
  const { content, signal } = options
  const digests = new PieceDigests(() => lengthsOf(work))
  const onBatch = ({ bytes, index, digest }: BatchDone): void => {
    if (digest !== undefined) digests.add(index, digest)
    target.wrote(bytes)
    options.onProgress?.(bytes)
  }
  const [sparse, sourceFd, targetFd] = [target.isSparse, source.fd, target.fd]
  const job = { ...work, sourceFd, targetFd, sparse, digests: content !== undefined }
  const asPlanned = await runInThreads(job, { onBatch, signal })
  if (asPlanned) content?.end(digests)
  return asPlanned
}

/** Of the batches, in the file that is read. */
function* lengthsOf({ plan, suiteId, direction }: Work): Generator<number> {
  const suite = suiteOf(suiteId)!
  for (let index = 0; index < batchCount(plan); index++) yield extentInSource(batchOf(plan, index, suite), direction)[1]
}

const HEADER_CHUNK_BYTES = 2 ** 14

/** A file from its beginning, which does not move the position of the handle. */
async function* positions(file: FileHandle): AsyncGenerator<Uint8Array> {
  for (let position = 0; ;) {
    const { bytesRead, buffer } = await file.read(new Uint8Array(HEADER_CHUNK_BYTES), 0, HEADER_CHUNK_BYTES, position)
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}
