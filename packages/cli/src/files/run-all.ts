import { SeveralFailures } from '../exit.ts'
import { printable } from '../terminal/printable.ts'
import { NO_PROGRESS, showProgress } from './progress.ts'
import type { Progress } from './progress.ts'
import { failureOf } from './run-task.ts'
import type { Task, Verb } from './task.ts'

/** What there is to do, and what there was besides. */
export interface Work {
  verb: Verb
  tasks: readonly Task[]
  skipped: readonly { path: string; reason: string }[]
  /** What all files that are read have together, where that was asked for. */
  bytes?: number
}

export interface RunAllOptions {
  /** How many tasks at once. */
  jobs: number
  /** Whether no further task is begun once one has failed. */
  failFast?: boolean
  /** Whether nothing but failures is told. */
  quiet?: boolean
  signal: AbortSignal
}

/**
 * Does several tasks, each of which may fail without stopping the others, and says on standard error what became of them.
 *
 * @throws SeveralFailures when any has failed; when it is stopped, what the signal says, once all that ran have cleaned up.
 */
export async function runAll(
  { verb, tasks, skipped, bytes }: Work,
  { jobs, failFast = false, quiet = false, signal }: RunAllOptions,
  run: (task: Task, progress: Progress) => Promise<void>,
): Promise<void> {
  const note = quiet ? () => undefined : tell
  for (const { path, reason } of skipped) note(`skipped ${printable(path)}: ${reason}`)
  const amount = { files: tasks.length, ...(bytes !== undefined && { bytes }) }
  using progress = quiet ? NO_PROGRESS : showProgress(amount)
  const exitCodes: number[] = []
  let begun = 0
  let succeeded = 0
  const mayBegin = (): boolean => begun < tasks.length && !signal.aborted && !(failFast && exitCodes.length > 0)
  const worker = async (): Promise<void> => {
    while (mayBegin()) {
      const task = tasks[begun++]!
      try {
        await run(task, partOf(progress))
        succeeded += 1
      } catch (error) {
        if (signal.aborted) return
        progress.clear()
        exitCodes.push(tellFailure(task, error))
      }
      progress.fileDone()
    }
  }
  await Promise.all(Array.from({ length: jobs }, worker))
  progress.clear()
  const failed = exitCodes.length
  const rest = tasks.length - succeeded - failed
  const summary = summaryOf({ done: verb.done, succeeded, failed, rest, skipped: skipped.length }, signal.aborted)
  if (signal.aborted) {
    tell(`Stopped: ${summary}`)
    throw signal.reason
  }
  if (failed > 0) throw new SeveralFailures(summary, exitCodes)
  note(summary)
}

/** For one of several tasks, which ends before the others. */
function partOf({ advance }: Progress): Progress {
  return { ...NO_PROGRESS, advance }
}

function tellFailure({ input }: Task, error: unknown): number {
  const { exitCode, message } = failureOf(error)
  tell(`${printable(input)}: ${message}`)
  return exitCode
}

interface Counts {
  done: string
  succeeded: number
  failed: number
  /** Neither done nor failed. */
  rest: number
  skipped: number
}

function summaryOf({ done, succeeded, failed, rest, skipped }: Counts, isStopped: boolean): string {
  const others: [count: number, what: string][] = [
    [failed, 'failed'],
    [rest, isStopped ? 'not done' : 'not begun'],
    [skipped, 'skipped'],
  ]
  const parts = others.flatMap(([count, what]) => (count > 0 ? `, ${count} ${what}` : []))
  return `${succeeded} ${succeeded === 1 ? 'file' : 'files'} ${done}${parts.join('')}.`
}

function tell(line: string): void {
  console.error(`keyhold: ${line}`)
}
