import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Collects everything that nothing leads to any more: OpenSSL overwrites the keys of KeyObjects when these are collected, which
 * by itself happens at a time that no one knows. It takes some ten milliseconds, in which nothing else runs.
 */
export function forgetUnreachable(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  setFlagsFromString('--no-expose-gc')
}
