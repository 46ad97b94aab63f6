import { type JsonValue, parseJson, serviceError } from '@keyhold/protocol'
import { type Answer, errorAnswer } from '../../execution/request.ts'
import type { Handle } from './exchange.ts'

/** A century: longer than any waiting period, and short enough for the clock to step through. */
const MAX_ADVANCE_SECONDS = 100 * 365 * 86_400

/** Moves time forward and resolves to the new time. Can stop early when the client has disconnected. */
type Advance = (ms: number, isGone?: () => boolean) => Promise<number>

/**
 * `POST /dev/clock` with `{"advanceSeconds": N}` moves the time of a development server. The response has the new time,
 * in seconds since the epoch, and is sent when everything that became due is done.
 */
export function clockControl(advance: Advance): Handle {
  return async ({ body, requestId, isGone }) => {
    const seconds = advanceSeconds(body)
    if (seconds === undefined) return errorAnswer(serviceError('ValidationException', OUT_OF_RANGE), 'kms', requestId)
    const nowMs = await advance(Math.round(seconds * 1000), isGone)
    return jsonAnswer({ now: nowMs / 1000 })
  }
}

const OUT_OF_RANGE = `advanceSeconds must be a number from 0 to ${MAX_ADVANCE_SECONDS}`

function advanceSeconds(body: Uint8Array): number | undefined {
  const request = parsedOrUndefined(body)
  if (typeof request !== 'object' || request === null || !('advanceSeconds' in request)) return undefined
  const seconds = request.advanceSeconds
  return typeof seconds === 'number' && seconds >= 0 && seconds <= MAX_ADVANCE_SECONDS ? seconds : undefined
}

function parsedOrUndefined(body: Uint8Array): JsonValue | undefined {
  try {
    return parseJson(body)
  } catch {
    return undefined
  }
}

function jsonAnswer(value: object): Answer {
  return { status: 200, body: { bytes: new TextEncoder().encode(JSON.stringify(value)), wipe: () => {} } }
}
