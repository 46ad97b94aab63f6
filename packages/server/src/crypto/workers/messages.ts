/** One task on its way to a worker. A worker has one at a time, so that nothing needs a number. */
export interface ToWorker {
  /** One of the table in tasks.ts; anything else is answered with a failure. */
  name: string
  input: object
}

export type FromWorker = { ok: true; output: unknown } | { ok: false; message: string }

/**
 * A copy of `values` whose byte arrays have memory of their own, to be given away: after the transfer this side no
 * longer has them, and the other side wipes them. KeyObjects go along as they are: threads share what they stand for,
 * and no byte of it is copied.
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
