import type { EncodedBody } from '@keyhold/protocol'
import { wipeMessage } from './read.ts'
import type { Done } from './run.ts'
import { loggable } from './draft.ts'

const ENCODED = Symbol('encoded')

/** An answer in bytes, which must not leave before its record is durable. Made by {@link encode} alone. */
export interface Encoded {
  readonly [ENCODED]: true
  readonly done: Omit<Done, 'output'>
  /** What of the answer the record has: none of its secrets. */
  readonly response: Record<string, unknown>
  readonly body: EncodedBody
}

/** Encodes the answer of an operation, and wipes the secrets in its output. */
export function encode(done: Done): Encoded {
  const { request, operation, wire } = done.usable.found.asked
  const { output } = done
  try {
    const body = wire.encodeOutput(operation.name, output, request.requestId)
    return { [ENCODED]: true, done, response: loggable(operation.audit.response, output), body }
  } finally {
    wipeMessage(output)
  }
}
