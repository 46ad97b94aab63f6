/** The source of time. No other code of the server reads the system clocks. */
export interface Clock {
  /** Wall time in milliseconds since the Unix epoch. Can jump if the system clock is set. */
  now(): number
  /** Milliseconds since an arbitrary start. Never goes back, not even if wall time does. */
  monotonic(): number
  /** Calls `task` every `intervalMs` of this clock's time until the returned function is called. */
  every(intervalMs: number, task: () => void): () => void
}
