import { SeveralFailures } from '../exit.ts'
import { printable } from '../terminal/printable.ts'
import { showProgress } from './progress.ts'
import type { Progress } from './progress.ts'
import { failureOf } from './run-task.ts'
import type { Task, Verb } from './task.ts'

/** What there is to do, and what there was besides. */
export interface Work {
  verb: Verb
  tasks: readonly Task[]
  skipped: readonly { path: string; reason: string }[]
}

export interface RunAllOptions {
  /** How many tasks at once. */
  jobs: number
  /** Whether no further task is begun once one has failed. */
  failFast?: boolean
  signal: AbortSignal
}

/**
 * Does several tasks, each of which may fail without stopping the others, and says on standard error what became of them.
 *
 * @throws SeveralFailures when any has failed; when it is stopped, what the signal says, once all that ran have cleaned up.
 */
export async function runAll(
  { verb, tasks, skipped }: Work,
  { jobs, failFast = false, signal }: RunAllOptions,
  run: (task: Task, progress: Progress) => Promise<void>,
): Promise<void> {
  for (const { path, reason } of skipped) tell(`skipped ${printable(path)}: ${reason}`)
  using progress = showProgress(undefined)
  const exitCodes: number[] = []
  let begun = 0
  const mayBegin = (): boolean => begun < tasks.length && !signal.aborted && !(failFast && exitCodes.length > 0)
  const worker = async (): Promise<void> => {
    while (mayBegin()) {
      const task = tasks[begun++]!
      await run(task, partOf(progress)).catch((error: unknown) => {
        if (signal.aborted) return
        progress.clear()
        exitCodes.push(tellFailure(task, error))
      })
    }
  }
  await Promise.all(Array.from({ length: jobs }, worker))
  signal.throwIfAborted()
  progress.clear()
  conclude({ done: verb.done, begun, total: tasks.length, skipped: skipped.length }, exitCodes)
}

/** For one of several tasks, which ends before the others. */
function partOf({ advance }: Progress): Progress {
  const nothing = (): void => undefined
  return { advance, clear: nothing, [Symbol.dispose]: nothing }
}

function tellFailure({ input }: Task, error: unknown): number {
  const { exitCode, message } = failureOf(error)
  tell(`${printable(input)}: ${message}`)
  return exitCode
}

interface Counts {
  done: string
  begun: number
  total: number
  skipped: number
}

function conclude({ done, begun, total, skipped }: Counts, exitCodes: readonly number[]): void {
  const succeeded = begun - exitCodes.length
  const rest: [count: number, what: string][] = [
    [exitCodes.length, 'failed'],
    [total - begun, 'not begun'],
    [skipped, 'skipped'],
  ]
  const parts = rest.flatMap(([count, what]) => (count > 0 ? `, ${count} ${what}` : []))
  const summary = `${succeeded} ${succeeded === 1 ? 'file' : 'files'} ${done}${parts.join('')}.`
  if (exitCodes.length > 0) throw new SeveralFailures(summary, exitCodes)
  tell(summary)
}

function tell(line: string): void {
  console.error(`keyhold: ${line}`)
}
