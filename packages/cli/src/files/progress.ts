const BAR_CELLS = 30
const REDRAW_MS = 100
const MEBIBYTE = 2 ** 20

export interface Progress extends Disposable {
  /** As many more bytes are done. */
  advance(this: void, bytes: number): void
  /** Takes the bar off the screen, so that something else can be written there. So does disposing of it. */
  clear(this: void): void
}

const nothing = (): void => undefined

/** A bar on standard error while that is a terminal; otherwise nothing. `total` may be unknown. */
export function showProgress(total: number | undefined, screen: NodeJS.WriteStream = process.stderr): Progress {
  if (!screen.isTTY) return { advance: nothing, clear: nothing, [Symbol.dispose]: nothing }
  let done = 0
  let drawnMs = performance.now() // a short job never draws
  let isDrawn = false
  const clear = (): void => {
    if (isDrawn) screen.write('\r\u001b[K')
    isDrawn = false
  }
  return {
    advance(bytes) {
      done += bytes
      if (performance.now() - drawnMs < REDRAW_MS) return
      drawnMs = performance.now()
      isDrawn = true
      screen.write(`\r${progressLine(done, total)}`)
    },
    clear,
    [Symbol.dispose]: clear,
  }
}

export function progressLine(done: number, total: number | undefined): string {
  const mebibytes = (bytes: number) => `${(bytes / MEBIBYTE).toFixed(1)} MiB`
  if (total === undefined || total === 0) return mebibytes(done)
  const share = Math.min(1, done / total)
  const filled = Math.round(share * BAR_CELLS)
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_CELLS - filled)
  return `${bar} ${Math.floor(share * 100)} % of ${mebibytes(total)}`
}
