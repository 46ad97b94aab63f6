import { requireOptions, someBytes, someChunks, withDefaults } from '../base/arguments.ts'
import { EnvelopeError } from '../base/error.ts'
import { HeaderReader } from '../message/header-reader.ts'
import type { MessageHeader } from '../message/header.ts'
import { DEFAULT_LIMITS, LIMITS_SHAPE } from '../message/limits.ts'
import type { Limits } from '../message/limits.ts'

export interface UnverifiedHeader {
  header: MessageHeader
  /** Length of the header in bytes, its tag included. */
  headerBytes: number
}

/**
 * Reads what a message says about itself, without a key and so without knowing whether it is true. Takes as many chunks
 * as the header needs.
 */
export async function readUnverifiedHeader(
  chunks: AsyncIterable<Uint8Array>,
  limits: Partial<Limits> = {},
): Promise<UnverifiedHeader> {
  someChunks(chunks, 'readUnverifiedHeader: the chunks')
  requireOptions<Partial<Limits>>(limits, 'readUnverifiedHeader', LIMITS_SHAPE)
  const reader = new HeaderReader(withDefaults(DEFAULT_LIMITS, limits))
  for await (const chunk of chunks) {
    someBytes(chunk, 'A chunk of the message')
    const complete = reader.push(chunk)
    if (complete === undefined) continue
    const { header, serialized } = complete.read
    return { header, headerBytes: serialized.length }
  }
  const why = reader.hasBegun ? 'it ends in its header' : 'it is empty'
  throw new EnvelopeError('TRUNCATED', `The message is not complete: ${why}.`)
}
