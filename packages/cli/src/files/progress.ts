const BAR_CELLS = 30
const REDRAW_MS = 100
const MEBIBYTE = 2 ** 20

export interface Progress {
  /** As many more bytes are done. */
  advance(bytes: number): void
  /** Takes the bar off the screen. */
  end(): void
}

/** A bar on standard error while that is a terminal; otherwise nothing. `total` may be unknown. */
export function showProgress(total: number | undefined, screen: NodeJS.WriteStream = process.stderr): Progress {
  if (!screen.isTTY) return { advance: () => undefined, end: () => undefined }
  let done = 0
  let drawnMs = performance.now() // a short job never draws
  let isDrawn = false
  return {
    advance(bytes) {
      done += bytes
      if (performance.now() - drawnMs < REDRAW_MS) return
      drawnMs = performance.now()
      isDrawn = true
      screen.write(`\r${progressLine(done, total)}`)
    },
    end() {
      if (isDrawn) screen.write('\r\u001b[K')
    },
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
