/** The source of time. No other code of the server reads the system clocks. */
export interface Clock {
  /** Wall time in milliseconds since the Unix epoch. Can jump if the system clock is set. */
  now(): number
  /** Milliseconds since an arbitrary start. Never goes back, not even if wall time does. */
  monotonic(): number
  /** Calls `task` every `intervalMs` of this clock's time until the returned function is called. */
  every(intervalMs: number, task: () => void): () => void
  /** The machine, where it tells: for how long it runs since which start. Absent for clocks that are moved by hand. */
  boot?(): Boot | undefined
}

/** What a machine says of its time, beside {@link Clock.now}. */
export interface Boot {
  /** A name that each start of the machine has to itself. */
  id: string
  /** Since that start, its sleep included. */
  uptimeMs: number
  /** Whether the wall time is synchronized. */
  isSynchronized: boolean
}
