import type { ServiceError, ServiceName } from '@keyhold/protocol'
import { isTooFast } from './throttle/too-fast.ts'

/**
 * What became of a request, for metrics and traces. Nothing in it comes from the client but its choice among the
 * operations of this server, so that it can be collected without a limit and shown to everyone who watches the server.
 */
export interface Outcome {
  /** `unknown` before authentication. */
  service: ServiceName | 'unknown'
  /** `Unknown` where the request names no operation of the service. */
  operation: string
  result: Result
}

/** Every result, and when a request has it. */
export const RESULTS = {
  success: 'It was done.',
  dry_run: 'It would have been done: DryRun was set.',
  denied: 'No policy or grant allows it.',
  unauthenticated: 'Its signature, token or credentials are not valid.',
  throttled: 'Its account exceeds a rate, or its share of the server.',
  not_found: 'What it names does not exist.',
  invalid: 'It cannot be done as it is: its input, a limit, or the state of what it names.',
  sealed: 'The server was sealed, and looked at nothing of it.',
  internal: 'This server failed: its disk, its audit log, or a bug.',
} as const
export type Result = keyof typeof RESULTS

/** The result of a request that an authenticated caller was refused with this error. */
export function resultOf(error: ServiceError): Result {
  if (error.status >= 500) return 'internal'
  if (isTooFast(error)) return 'throttled'
  return RESULT_OF_CODE[error.code] ?? 'invalid'
}

/** By the codes of KMS, and of IAM and STS. */
const RESULT_OF_CODE: Readonly<Record<string, Result>> = {
  AccessDeniedException: 'denied',
  AccessDenied: 'denied',
  NotFoundException: 'not_found',
  NoSuchEntity: 'not_found',
  DryRunOperationException: 'dry_run',
}
