import type { HeaderValues } from './headers.ts'

/** A request as it arrived, before anything in it is believed. */
export interface RawRequest {
  method: string
  /** The path as sent, still percent-encoded, without the query. */
  path: string
  /** What follows the first `?`, as sent; `''` when nothing does. */
  query: string
  /** As sent, repetitions included. A value has one character for each byte (latin-1). */
  headers: HeaderValues
  /** Overwritten with zeros once the request is answered: keep no view of it. */
  body: Uint8Array
  sourceIp: string
  /** Whether it came over TLS. */
  secure: boolean
  /** The same object for all requests of one connection. Absent where there is none. */
  connection?: object
  /** Our own identifier, a version 4 UUID. */
  requestId: string
  /** Whether nobody is left to answer: long work ends then. Absent where that is not known. */
  isGone?: () => boolean
  /** Wall time at which the whole request had arrived. */
  receivedAtMs: number
}
