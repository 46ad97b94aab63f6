import { serviceError } from '@keyhold/protocol'
import { errorAnswer } from '../../execution/request.ts'
import type { Handle } from './exchange.ts'

/**
 * `POST /dev/reset` puts a development server back to how it was when it started. The response `{}` is sent when that is done.
 * `reset` is absent for a server that cannot be reset.
 */
export function resetControl(reset: (() => Promise<void>) | undefined): Handle {
  return async ({ body, requestId }) => {
    if (reset === undefined) return errorAnswer(serviceError('ValidationException', KEPT_FOLDER), 'kms', requestId)
    if (!isEmpty(body)) return errorAnswer(serviceError('ValidationException', NOT_EMPTY), 'kms', requestId)
    await reset()
    return { status: 200, body: { bytes: new TextEncoder().encode('{}'), wipe: () => {} } }
  }
}

/** The sentence for a server whose keys are kept. */
export const KEPT_FOLDER =
  'A server with a data folder is not reset: its keys are meant to stay. Start it without --data, or with a new folder.'
const NOT_EMPTY = 'The body must be empty or {}'

function isEmpty(body: Uint8Array): boolean {
  return ['', '{}'].includes(new TextDecoder().decode(body.subarray(0, 16)).trim()) && body.byteLength <= 16
}
