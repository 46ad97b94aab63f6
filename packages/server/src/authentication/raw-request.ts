/** A request as it arrived, before anything in it is believed. */
export interface RawRequest {
  method: string
  /** The path as sent, still percent-encoded, without the query. */
  path: string
  /** What follows the first `?`, as sent; `''` when nothing does. */
  query: string
  /** Names and values in turn, in the order sent, duplicates included. One character for each byte (latin-1). */
  rawHeaders: readonly string[]
  /** Overwritten with zeros once the request is answered: keep no view of it. */
  body: Uint8Array
  sourceIp: string
  /** Whether it came over TLS. */
  secure: boolean
  /** Our own identifier, a version 4 UUID. */
  requestId: string
  /** Wall time at which the whole request had arrived. */
  receivedAtMs: number
}
