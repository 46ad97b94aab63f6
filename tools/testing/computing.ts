/**
 * Milliseconds that this thread computes while `body` runs. They do not pass while the machine does something else, so
 * that a bound on them tells work that grows with its input from work that explodes, on a busy machine too.
 */
export function computingMs(body: () => void): number {
  const before = process.threadCpuUsage()
  body()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
}
