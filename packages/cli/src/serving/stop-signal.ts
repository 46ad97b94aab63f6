import { dieBy, ENDING_SIGNALS } from '../die-by.ts'

/**
 * Resolves at the first signal that asks the process to end. A second one ends it at once, with the exit code that a
 * shell gives for the signal: whoever asks twice does not want to wait for the answers under way.
 */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false
    for (const signal of ENDING_SIGNALS) {
      process.on(signal, () => {
        if (asked) dieBy(signal)
        asked = true
        resolve()
      })
    }
  })
}
