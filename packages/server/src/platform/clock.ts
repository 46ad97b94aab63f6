/** Where time comes from. Nothing else in the server reads the system's clocks. */
export interface Clock {
  /** Wall time in milliseconds since the Unix epoch. May jump when somebody sets the clock. */
  now(): number
  /** Milliseconds from an arbitrary start; never goes back, not even when wall time does. */
  monotonic(): number
  /** Calls `task` every `intervalMs` of this clock's time until the returned function is called. */
  every(intervalMs: number, task: () => void): () => void
}
