/** Takes each SIGHUP as a wish, from before there is anything to do about it. */
export interface HangUps {
  /** Calls `act` for what came, and for what comes: one call at a time. Several signals during a call are one more call. */
  answer(act: () => Promise<void>): void
  /** Leaves further signals to the system, which ends the process. */
  [Symbol.dispose](): void
}

/**
 * Listens for SIGHUP, by which daemons are told to read their configuration again. Not on Windows: there it comes when
 * the console closes, and the system ends the process soon after.
 */
export function hangUps(): HangUps {
  let act: (() => Promise<void>) | undefined
  let isWanted = false
  let isActing = false
  const run = async (): Promise<void> => {
    if (act === undefined || isActing) return
    isActing = true
    while (isWanted) {
      isWanted = false
      await act()
    }
    isActing = false
  }
  const listener = (): void => {
    isWanted = true
    void run()
  }
  if (process.platform !== 'win32') process.on('SIGHUP', listener)
  return {
    answer(each) {
      act = each
      void run()
    },
    [Symbol.dispose]: () => void process.off('SIGHUP', listener),
  }
}
