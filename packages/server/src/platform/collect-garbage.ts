import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collect: (() => void) | undefined

/**
 * Frees everything unreachable in this thread now. Node overwrites the bytes of a KeyObject when it frees it, but an idle
 * process may never collect by itself. Stops the event loop for as long as it takes: some milliseconds for each 10 MB of
 * live objects.
 */
export function collectGarbage(): void {
  collect ??= exposed()
  collect()
}

/** V8 shows its collector only to contexts that are made while the flag is set. */
function exposed(): () => void {
  setFlagsFromString('--expose-gc')
  try {
    return runInNewContext('gc') as () => void
  } finally {
    setFlagsFromString('--no-expose-gc')
  }
}
