/** A task on its way to a worker. A worker has one at a time, so messages need no number. */
export interface ToWorker {
  /** A name from the table in tasks.ts. Any other name is answered with a failure. */
  name: string
  input: object
}

/** The result of a task, or the message of the error that it threw. */
export type FromWorker = { ok: true; output: unknown } | { ok: false; message: string }

/**
 * Copies `values`, with byte arrays in memory of their own that can be transferred: after the transfer this thread no
 * longer has them, and the other thread wipes them. KeyObjects are passed as they are: threads share the key that they
 * refer to, and no byte of it is copied.
 */
export function ownedCopy(values: object): { copy: Record<string, unknown>; memory: ArrayBuffer[] } {
  const memory: ArrayBuffer[] = []
  const entries = Object.entries(values).map(([name, value]) => {
    if (!(value instanceof Uint8Array)) return [name, value] as const
    const bytes = Uint8Array.from(value)
    memory.push(bytes.buffer)
    return [name, bytes] as const
  })
  return { copy: Object.fromEntries(entries), memory }
}

/** Overwrites every byte array among `values`. */
export function wipeBytes(values: object): void {
  for (const value of Object.values(values)) if (value instanceof Uint8Array) value.fill(0)
}
