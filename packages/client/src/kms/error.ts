/** What kept a call from succeeding when it was not the service's answer. */
export type TransportErrorCode =
  /** No connection, or it broke off. */
  | 'UNREACHABLE'
  /** No answer in time. */
  | 'TIMEOUT'
  /** What answered does not speak as AWS KMS does. */
  | 'MALFORMED_ANSWER'
  /** The credentials provider failed. */
  | 'NO_CREDENTIALS'

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
  /** A {@link TransportErrorCode}, or the service's own, such as `AccessDeniedException`. */
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
