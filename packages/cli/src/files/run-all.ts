import { warn } from '../descriptors/standard.ts'
import { EXIT, SeveralFailures } from '../process/exit.ts'
import { OutputGone } from '../descriptors/failures.ts'
import { printable } from '../terminal/printable.ts'
import type { FolderFailure } from './mirror-folders.ts'
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
  /** How many were left out because that was asked for. */
  leftOut?: { existing: number; excluded: number }
  /** To be called when all is done, also where some of it failed. Answers what of it failed. */
  finish?(): Promise<FolderFailure[]>
}

export interface RunAllOptions {
  /** How many tasks at once. */
  jobs: number
  /** Whether no further task is begun once one has failed. */
  failFast?: boolean
  /** Whether nothing but failures is told. */
  quiet?: boolean
  signal: AbortSignal
  /** Whether the reader of what is told about files has gone away: then no further task is begun. */
  isOver?: () => boolean
}

/**
 * Does several tasks, each of which may fail without stopping the others, and says on standard error what became of them.
 *
 * @throws SeveralFailures when any has failed; when it is stopped, what the signal says, once all that ran have cleaned up.
 */
export async function runAll(
  work: Work,
  { jobs, failFast = false, quiet = false, signal, isOver = () => false }: RunAllOptions,
  run: (task: Task, progress: Progress) => Promise<void>,
): Promise<void> {
  const { verb, tasks, skipped, bytes } = work
  const note = quiet ? () => undefined : tell
  for (const { path, reason } of skipped) note(`skipped ${printable(path)}: ${reason}`)
  const amount = { files: tasks.length, ...(bytes !== undefined && { bytes }) }
  using progress = quiet ? NO_PROGRESS : showProgress(amount)
  const exitCodes: number[] = []
  let begun = 0
  let succeeded = 0
  const isEnded = (): boolean => signal.aborted || isOver() || (failFast && exitCodes.length > 0)
  const mayBegin = (): boolean => begun < tasks.length && !isEnded()
  const worker = async (): Promise<void> => {
    while (mayBegin()) {
      const task = tasks[begun++]!
      try {
        await run(task, partOf(progress))
        succeeded += 1
      } catch (error) {
        if (signal.aborted) return
        progress.clear()
        if (error instanceof OutputGone) succeeded += 1 // the file is done, and only its record has no reader
        else exitCodes.push(tellFailure(task, error))
      }
      progress.fileDone()
    }
  }
  await Promise.all(Array.from({ length: jobs }, worker))
  progress.clear()
  const failedFolders = signal.aborted ? [] : ((await work.finish?.()) ?? [])
  for (const { path, error } of failedFolders) exitCodes.push(tellFailure({ input: path }, error))
  const failed = exitCodes.length
  const rest = tasks.length - succeeded - (failed - failedFolders.length)
  const counts = { done: verb.done, succeeded, failed, rest, skipped: skipped.length, ...work.leftOut }
  const summary = summaryOf(counts, signal.aborted)
  if (signal.aborted) {
    tell(`Stopped: ${summary}`)
    throw signal.reason
  }
  if (isOver())
    throw new SeveralFailures(`The reader of the records has gone away: ${summary}`, [...exitCodes, EXIT.outputGone])
  if (failed > 0) throw new SeveralFailures(summary, exitCodes)
  note(summary)
}

/** For one of several tasks, which ends before the others. */
function partOf({ advance }: Progress): Progress {
  return { ...NO_PROGRESS, advance }
}

function tellFailure({ input }: Pick<Task, 'input'>, error: unknown): number {
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
  existing?: number
  excluded?: number
}

function summaryOf(
  { done, succeeded, failed, rest, skipped, existing = 0, excluded = 0 }: Counts,
  isStopped: boolean,
): string {
  const others: [count: number, what: string][] = [
    [failed, 'failed'],
    [rest, isStopped ? 'not done' : 'not begun'],
    [skipped, 'skipped'],
    [existing, 'there already'],
    [excluded, 'excluded'],
  ]
  const parts = others.flatMap(([count, what]) => (count > 0 ? `, ${count} ${what}` : []))
  return `${succeeded} ${succeeded === 1 ? 'file' : 'files'} ${done}${parts.join('')}.`
}

function tell(line: string): void {
  warn(`keyhold: ${line}`)
}
