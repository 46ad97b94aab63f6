import type { Logger } from '../platform/logger.ts'
import type { FileLayer } from './file-layer.ts'
import type { HeadRows } from './head-rows.ts'
import { beginningOf } from './layout.ts'
import type { StreamOwner } from './owner.ts'
import { segmentPath } from './paths.ts'
import type { DeadStream } from './predecessors.ts'

/** What {@link succeed} needs. */
export interface SuccessionOptions {
  folder: string
  /** The stream whose durable genesis names the dead streams and the bytes to cut from them. */
  successor: string
  files: FileLayer
  owner: StreamOwner
  rows: HeadRows
  logger: Logger
}

/**
 * Ends dead streams permanently: cuts what their successor's genesis states, and updates the database. Every step can
 * be repeated: after a crash the next start does the rest, and finds the same end.
 */
export async function succeed(dead: readonly DeadStream[], options: SuccessionOptions): Promise<void> {
  for (const stream of dead) {
    await cutTail(stream, options)
    await release(stream, options)
    await link(stream, options)
  }
}

async function cutTail({ predecessor }: DeadStream, { folder, files, logger }: SuccessionOptions): Promise<void> {
  const { stream, cuts, damage } = predecessor
  if (damage !== undefined) logger.error('an audit stream is damaged: run `keyhold audit verify`', { stream, damage })
  for (const { segment, offset, bytes } of cuts) {
    logger.warn('an audit stream ends in records of requests that were never answered: they are cut', {
      stream,
      segment,
      offset,
      bytes,
    })
    await files.truncate(segmentPath(folder, stream, segment), offset)
  }
}

/** An owner file that cannot be removed does not block keys: its process is gone, and verifyAudit reports it. */
async function release({ predecessor: { stream } }: DeadStream, { owner, logger }: SuccessionOptions) {
  await owner
    .release(stream)
    .catch((error: unknown) =>
      logger.warn('the owner file of an ended audit stream could not be removed', { stream, error }),
    )
}

async function link({ predecessor, row, layout }: DeadStream, options: SuccessionOptions): Promise<void> {
  const { rows, successor, logger } = options
  // A row that is not authentic stays unchanged, for verifyAudit to find.
  if (row !== undefined && row.head === undefined) return
  const found = { kind: beginningOf(layout)?.kind ?? 'requests', ...predecessor.end }
  // The row of a damaged stream still states the expected content.
  const kept = predecessor.damage === undefined ? found : { ...found, ...row?.head }
  const linked = await rows.put(predecessor.stream, row?.version ?? 0, { ...kept, ended: true, successor })
  if (!linked) logger.warn('another process has succeeded the audit stream', { stream: predecessor.stream })
}
