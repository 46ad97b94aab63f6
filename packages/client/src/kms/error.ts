/*
 * Codes of a KmsError that is not the service's answer:
 * UNREACHABLE: no connection, or it broke off. TIMEOUT: no answer in time. MALFORMED_ANSWER: what answered does not
 * speak as AWS KMS does. NO_CREDENTIALS: the credentials provider failed.
 */

export interface KmsErrorDetails extends ErrorOptions {
  /** Whether the same call may succeed a little later: throttling, a failing server, a broken connection. */
  retryable: boolean
  operation: string
  endpoint: string
  /** HTTP status; absent when there was no answer. */
  status?: number
  requestId?: string
}

/** A call to a KMS that failed. */
export class KmsError extends Error {
  override readonly name = 'KmsError'
  /** One of the codes above, or the service's own, such as `AccessDeniedException`. */
  readonly code: string
  readonly retryable: boolean
  readonly operation: string
  readonly endpoint: string
  readonly status: number | undefined
  readonly requestId: string | undefined

  constructor(code: string, message: string, details: KmsErrorDetails) {
    super(message, details.cause === undefined ? {} : { cause: details.cause })
    this.code = code
    this.retryable = details.retryable
    this.operation = details.operation
    this.endpoint = details.endpoint
    this.status = details.status
    this.requestId = details.requestId
  }
}
