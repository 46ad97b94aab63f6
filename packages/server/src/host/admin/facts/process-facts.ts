import { readdir, readFile } from 'node:fs/promises'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { Clock } from '../../../platform/clock.ts'

/** How late the event loop was in a window of time, in seconds. */
export interface LoopDelay {
  meanSeconds: number
  p99Seconds: number
  maxSeconds: number
}

/** Open files of this process, and how many it can open. */
export interface OpenFiles {
  open?: number
  limit?: number
}

/** How long each window is: about as often as metrics are collected. */
const WINDOW_MS = 10_000
const RESOLUTION_MS = 20
const NANOSECONDS = 1e9

/** Measures how late the event loop runs what is due, in windows of ten seconds: those who ask in one get the same answer. */
export class LoopWatch {
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  #last: LoopDelay | undefined

  /** Returns what ends the measuring. */
  start(clock: Pick<Clock, 'every'>): () => void {
    this.#histogram.enable()
    const cancel = clock.every(WINDOW_MS, () => {
      this.#last = this.#read()
      this.#histogram.reset()
    })
    return () => {
      cancel()
      this.#histogram.disable()
    }
  }

  /** The last whole window; `undefined` in the first. */
  get last(): LoopDelay | undefined {
    return this.#last
  }

  #read(): LoopDelay | undefined {
    const { count, mean, max } = this.#histogram
    if (count === 0) return undefined
    // A timer that is on time counts with its interval.
    const late = (nanoseconds: number): number => Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS / 1000)
    return { meanSeconds: late(mean), p99Seconds: late(this.#histogram.percentile(99)), maxSeconds: late(max) }
  }
}

/** For how long the event loop has worked since the process started, and not waited, in seconds. */
export function loopBusySeconds(): number {
  return performance.eventLoopUtilization().active / 1000
}

/**
 * How many files this process has open, as Linux shows it; nothing elsewhere. A process that has reached its limit cannot even
 * list them: then the answer is the limit.
 */
export async function openFiles(): Promise<OpenFiles> {
  const limit = await softLimit()
  const of = limit === undefined ? {} : { limit }
  try {
    // The list itself takes one while it is read.
    return { open: (await readdir('/proc/self/fd')).length - 1, ...of }
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EMFILE' && limit !== undefined ? { open: limit, limit } : of
  }
}

let knownLimit: number | undefined

/** It does not change while a process runs, unless another one changes it. */
async function softLimit(): Promise<number | undefined> {
  if (knownLimit !== undefined) return knownLimit
  const limits = await readFile('/proc/self/limits', 'utf8').catch(() => '')
  const soft = /^Max open files\s+(\d+)/m.exec(limits)?.[1]
  return soft === undefined ? undefined : (knownLimit = Number(soft))
}
