export interface HttpRequest {
  url: URL
  /** By lower-case name. */
  headers: Readonly<Record<string, string>>
  body: Uint8Array
  signal?: AbortSignal | undefined
}

export interface HttpAnswer {
  status: number
  /** By lower-case name. */
  headers: Readonly<Record<string, string | undefined>>
  /** The caller wipes it: no other copy is kept. */
  body: Uint8Array
}

/** Why there was no answer. */
export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly code: 'UNREACHABLE' | 'TIMEOUT' | 'MALFORMED_ANSWER'

  constructor(code: TransportError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Sends one POST. It never repeats, never follows a redirect, and bounds the time and the answer's length. */
export interface Transport {
  /** Rejects with a {@link TransportError}, or with the signal's reason. `body` is no longer read once it has settled. */
  post(request: HttpRequest): Promise<HttpAnswer>
}
