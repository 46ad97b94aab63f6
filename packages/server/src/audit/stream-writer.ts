import { join } from 'node:path'
import type { Clock } from '../platform/clock.ts'
import type { Logger } from '../platform/logger.ts'
import type { FileLayer, WritableFile } from './file-layer.ts'
import { signHead } from './head.ts'
import type { Durability } from './auditor.ts'
import { encodeLine, type Genesis, type Position, type StreamKind } from './lines.ts'
import { leafHashOfText, MerkleTree } from './merkle.ts'
import { segmentPath } from './paths.ts'
import type { HeadSigner, Sha256 } from './ports.ts'

/** What a {@link StreamWriter} needs. */
export interface StreamWriterOptions {
  /** The audit folder, which contains the stream's folder. */
  folder: string
  stream: string
  kind: StreamKind
  durability: Durability
  files: FileLayer
  clock: Clock
  logger: Logger
  signer: HeadSigner
  sha256: Sha256
  limits: SegmentLimits
}

/** The size and number of segments. */
export interface SegmentLimits {
  /** A segment that has reached this many bytes is followed by a new one. */
  segmentBytes: number
  /** How many segments to keep; older ones are deleted. `undefined` keeps all. */
  keepSegments?: number
}

/** The segment that is being written. */
interface OpenSegment {
  number: number
  file: WritableFile
  /** Bytes up to and including the last durable head. */
  bytes: number
}

/**
 * Writes one stream: batches of lines, each ended by a signed head, into numbered segments. Only one call at a time.
 *
 * A segment is never written again after a failed write or sync: after a failed fsync the kernel can have dropped the
 * dirty pages, and reports success the next time. The batch goes to a new segment instead, whose first line states
 * where the old one ends.
 */
export class StreamWriter {
  readonly #options: StreamWriterOptions
  readonly #stream: string
  #tree: MerkleTree
  #segment: OpenSegment | undefined
  #position: Position
  /** The highest number ever used, including abandoned segments. */
  #lastNumber = 0
  #droppedThrough = 0
  #writtenBytes = 0

  constructor(options: StreamWriterOptions) {
    this.#options = options
    this.#stream = options.stream
    this.#tree = new MerkleTree(options.sha256)
    this.#position = { segment: 0, bytes: 0, size: 0, root: this.#tree.root() }
  }

  /** Where the stream durably ends. */
  get position(): Position {
    return this.#position
  }

  /** How many bytes were durably written, in all segments. */
  get writtenBytes(): number {
    return this.#writtenBytes
  }

  /** Writes the genesis. Rejects if the disk fails: a stream without a genesis does not exist. */
  async begin(said: Pick<Genesis, 'publicKey' | 'streams' | 'predecessors'>): Promise<void> {
    const { stream, kind, durability, clock } = this.#options
    const genesis: Genesis = { version: 1, stream, kind, durability, timeMs: clock.now(), ...said }
    await this.#writeBatch([encodeLine('genesis', genesis)], [])
  }

  /**
   * Appends the lines. When it resolves, they are durable and covered by a signed head. Rejects if they could be
   * written neither to this segment nor to a new one: then none of them is in the stream, and the next call starts with
   * a new segment.
   */
  async write(lines: readonly string[]): Promise<void> {
    const segment = this.#segment
    if (segment === undefined) return this.#continue('failure', lines)
    if (segment.bytes >= this.#options.limits.segmentBytes) {
      await this.#release(segment)
      return this.#continue('full', lines)
    }
    try {
      await this.#writeBatch([], lines)
    } catch (error) {
      this.#options.logger.error('a segment of the audit log could not be written: a new one is begun', {
        stream: this.#stream,
        segment: segment.number,
        error,
      })
      await this.#release(segment)
      await this.#continue('failure', lines)
    }
  }

  async close(): Promise<void> {
    if (this.#segment !== undefined) await this.#release(this.#segment)
  }

  /** Opens the next segment with the lines as its first batch. */
  async #continue(reason: 'full' | 'failure', lines: readonly string[]): Promise<void> {
    const number = this.#lastNumber + 1
    const droppedThrough = Math.max(this.#droppedThrough, number - (this.#options.limits.keepSegments ?? number))
    const opening = encodeLine('segment', {
      stream: this.#stream,
      kind: this.#options.kind,
      durability: this.#options.durability,
      number,
      timeMs: this.#options.clock.now(),
      reason,
      previous: this.#position,
      peaks: [...this.#tree.peaks],
      droppedThrough,
    })
    await this.#writeBatch([opening], lines)
    await this.#drop(droppedThrough)
  }

  async #writeBatch(opening: readonly string[], lines: readonly string[]): Promise<void> {
    const { text, tree, root } = this.#encode([...opening, ...lines])
    const bytes = Buffer.from(text)
    const segment = this.#segment ?? (await this.#create())
    try {
      await segment.file.write(bytes, segment.bytes)
      if (this.#options.durability === 'fsync') await segment.file.datasync()
    } catch (error) {
      if (this.#segment === undefined) await this.#discard(segment)
      throw error
    }
    segment.bytes += bytes.byteLength
    this.#writtenBytes += bytes.byteLength
    this.#segment = segment
    this.#tree = tree
    this.#position = { segment: segment.number, bytes: segment.bytes, size: tree.size, root }
  }

  #encode(lines: readonly string[]): { text: string; tree: MerkleTree; root: string } {
    const { sha256, signer, clock } = this.#options
    const tree = this.#tree.copy()
    let text = ''
    for (const line of lines) {
      tree.addLeaf(leafHashOfText(sha256, line))
      text += `${line}\n`
    }
    const root = tree.root()
    const head = signHead(signer, this.#stream, { size: tree.size, root, timeMs: clock.now() })
    return { text: `${text}${head}\n`, tree, root }
  }

  async #create(): Promise<OpenSegment> {
    const { folder, files } = this.#options
    this.#lastNumber += 1
    const segment = {
      number: this.#lastNumber,
      file: await files.create(segmentPath(folder, this.#stream, this.#lastNumber)),
      bytes: 0,
    }
    try {
      await files.syncFolder(join(folder, this.#stream))
    } catch (error) {
      await this.#discard(segment)
      throw error
    }
    return segment
  }

  /** Removes a segment whose first batch never became durable, so that a full disk does not collect empty files. */
  async #discard(segment: OpenSegment): Promise<void> {
    await this.#release(segment)
    await this.#remove(segment.number)
  }

  /** Deletes segments that the durable opening of the newest one declares as dropped. */
  async #drop(through: number): Promise<void> {
    for (let number = this.#droppedThrough + 1; number <= through; number += 1) await this.#remove(number)
    this.#droppedThrough = through
  }

  async #remove(number: number): Promise<void> {
    const { folder, files, logger } = this.#options
    try {
      await files.remove(segmentPath(folder, this.#stream, number))
    } catch (error) {
      logger.warn('an old segment of the audit log could not be deleted', {
        stream: this.#stream,
        segment: number,
        error,
      })
    }
  }

  /** Closes the file. Its bytes are already durable or abandoned, so an error does not matter. */
  async #release(segment: OpenSegment): Promise<void> {
    if (this.#segment === segment) this.#segment = undefined
    try {
      await segment.file.close()
    } catch (error) {
      this.#options.logger.warn('a segment of the audit log could not be closed: nothing of it is lost', {
        stream: this.#stream,
        segment: segment.number,
        error,
      })
    }
  }
}
