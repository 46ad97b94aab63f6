import { terminalOutput } from '../descriptors/standard.ts'
import { printable } from '../terminal/printable.ts'

/** How often the line is drawn; work that is over sooner draws none. */
const REDRAW_MS = 250
/** The rate is that of about the last so many milliseconds. */
const RATE_WINDOW_MS = 5000
const DEFAULT_COLUMNS = 80
/** With less room there is no line. */
const MIN_COLUMNS = 12
/** A name that would be cut to less is left out. */
const MIN_NAME_COLUMNS = 8

/** What there is to do, as far as it is known beforehand. */
export interface Amount {
  /** The one file's name, as people call it. */
  name?: string
  bytes?: number
  /** How many files, where they are several. */
  files?: number
}

export interface Progress extends Disposable {
  /** As many more bytes are done. */
  advance(this: void, bytes: number): void
  /** One more of several files is done. */
  fileDone(this: void): void
  /** Takes the line off the screen, so that something else can be written there. So does disposing of it. */
  clear(this: void): void
}

const nothing = (): void => undefined

/** Shows nothing. */
export const NO_PROGRESS: Progress = Object.freeze({
  advance: nothing,
  fileDone: nothing,
  clear: nothing,
  [Symbol.dispose]: nothing,
})

/** Whether a line that is drawn again and again can be shown there. */
export function canShowProgress(
  screen: Pick<NodeJS.WriteStream, 'isTTY'> | undefined = terminalOutput(2),
  terminal: string | undefined = process.env['TERM'],
): boolean {
  return screen?.isTTY === true && terminal !== 'dumb'
}

/** Draws a line on a terminal, four times a second, until it is disposed of; elsewhere nothing. */
export function showProgress(amount: Amount, screen: NodeJS.WriteStream | undefined = terminalOutput(2)): Progress {
  if (screen === undefined || !canShowProgress(screen)) return NO_PROGRESS
  const meter = new Meter(performance.now())
  let files = 0
  let isDrawn = false
  const clear = (): void => {
    if (isDrawn) screen.write('\r\u001b[K')
    isDrawn = false
  }
  const draw = (): void => {
    const done = { bytes: meter.bytes, files, bytesPerSecond: meter.rate(performance.now()) }
    const line = progressLine(done, amount, (screen.columns || DEFAULT_COLUMNS) - 1)
    if (line === '') return
    isDrawn = true
    screen.write(`\r${line}\u001b[K`)
  }
  const timer = setInterval(draw, REDRAW_MS).unref()
  return {
    advance: (bytes) => meter.add(bytes),
    fileDone: () => void (files += 1),
    clear,
    [Symbol.dispose]() {
      clearInterval(timer)
      clear()
    },
  }
}

/** Counts bytes, and how many of them came in a second lately. */
export class Meter {
  bytes = 0
  readonly #samples: { ms: number; bytes: number }[]

  constructor(nowMs: number) {
    this.#samples = [{ ms: nowMs, bytes: 0 }]
  }

  add(bytes: number): void {
    this.bytes += bytes
  }

  /** Bytes per second since the oldest call that is not older than the window. Zero until time has passed. */
  rate(nowMs: number): number {
    while (this.#samples.length > 1 && this.#samples[1]!.ms <= nowMs - RATE_WINDOW_MS) this.#samples.shift()
    const { ms, bytes } = this.#samples[0]!
    this.#samples.push({ ms: nowMs, bytes: this.bytes })
    return nowMs > ms ? ((this.bytes - bytes) * 1000) / (nowMs - ms) : 0
  }
}

export interface Done {
  bytes: number
  files: number
  bytesPerSecond: number
}

/** At most `columns` wide, with what matters least left out first; empty where there is no room for anything. */
export function progressLine(done: Done, amount: Amount, columns: number): string {
  if (columns < MIN_COLUMNS) return ''
  const parts = fitting(partsOf(done, amount), columns)
  const left = columns - widthOf(parts.join(GAP)) - GAP.length
  const name = shortened(printable(amount.name ?? ''), left)
  return [...(name === '' ? [] : [name]), ...parts].join(GAP)
}

const GAP = '  '

/** From what matters most to what matters least. */
function partsOf({ bytes, files, bytesPerSecond }: Done, amount: Amount): string[] {
  const total = amount.bytes
  return [
    amount.files === undefined ? [] : `${files} of ${amount.files} files`,
    total === undefined ? size(bytes) : `${percent(bytes, total)} of ${size(total)}`,
    bytesPerSecond === 0 ? [] : `${size(bytesPerSecond)}/s`,
    total === undefined || bytesPerSecond === 0 ? [] : `${duration((total - bytes) / bytesPerSecond)} left`,
  ].flat()
}

function fitting(parts: readonly string[], columns: number): string[] {
  const shown = [...parts]
  while (shown.length > 1 && widthOf(shown.join(GAP)) > columns) shown.pop()
  return shown.map((part) => part.slice(0, columns))
}

/** A file may grow while it is read: it is never more than done. */
function percent(bytes: number, total: number): string {
  return `${total === 0 ? 100 : Math.min(100, Math.floor((bytes / total) * 100))} %`
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** Three digits or a little more: `12.3 MiB`. */
export function size(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 999.95 && unit < UNITS.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`
}

function duration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds))
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return `${minutes} min ${whole % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** The end of a path says more than its beginning. */
function shortened(name: string, columns: number): string {
  if (widthOf(name) <= columns) return name
  if (columns < MIN_NAME_COLUMNS) return ''
  const characters = Array.from(name)
  let width = 1
  const kept = characters.toReversed().findIndex((character) => (width += widthOf(character)) > columns)
  return `…${characters.slice(characters.length - kept).join('')}`
}

/** As many columns as text may take at most: what is not plain ASCII may be twice as wide. */
function widthOf(text: string): number {
  return Array.from(text).reduce((width, character) => width + (character <= '~' || character === '…' ? 1 : 2), 0)
}
