import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { UsageError } from '../base/errors.ts'
import { requireApart } from './apart.ts'
import type { NamedFiles } from './apart.ts'
import { requireOnePlace, withBinding } from '../shared/bound-path.ts'
import type { Binding } from '../shared/bound-path.ts'
import { interruptible } from '../process/interruption.ts'
import { openMetadata } from './metadata.ts'
import type { MetadataFlags } from './metadata.ts'
import { withOverwriting } from './overwriting.ts'
import type { Overwriting } from './overwriting.ts'
import { canShowProgress, NO_PROGRESS, showProgress } from './progress.ts'
import type { Progress } from './progress.ts'
import { collect } from '../shared/options.ts'
import { runAll } from './run-all.ts'
import type { Work } from './run-all.ts'
import { runTask } from './run-task.ts'
import type { Operation, TaskRun } from './run-task.ts'
import { namedTask, STANDARD_STREAM } from './task.ts'
import type { Task, Verb } from './task.ts'
import { planTree } from './tree.ts'

/** The flags that every command on messages has. */
export interface FileFlags extends MetadataFlags, Binding, Overwriting, NamedFiles {
  context: Readonly<Record<string, string>>
  output?: string
  recursive?: boolean
  suffix?: string
  exclude: readonly string[]
  skipExisting?: boolean
  jobs: number
  failFast?: boolean
  quiet?: boolean
}

const DEFAULT_SUFFIX = '.kh'
/** Small files wait for the KMS most of the time, and large ones use several threads each. */
const DEFAULT_JOBS = 4
const MAX_JOBS = 64

/** Adds the flags that {@link runFiles} reads, but `-c`. */
export function withFileFlags(command: Command, verb: Verb): Command {
  if (verb.writes !== 'nothing') withOverwriting(command.option('-o, --output <file>', outputHelp(verb)))
  command
    .option('-r, --recursive', `${verb.name} every file of a folder${verb.inPlace === true ? '' : inFolder(verb)}`)
    .option('--suffix <text>', `with --recursive: how the names of encrypted files end (default: ${DEFAULT_SUFFIX})`)
    .option('--exclude <pattern>', 'with --recursive: leave out such names or paths; may be repeated', collect, [])
    .option('--jobs <number>', 'how many files at once', jobCount, DEFAULT_JOBS)
    .option('--fail-fast', 'of several files, start no further one once one has failed')
    .option('-q, --quiet', 'say nothing but what fails: no progress, no skipped files, no summary')
  if (verb.writes !== 'nothing') command.option('--skip-existing', 'with --recursive: leave out what has an output')
  return withBinding(command)
    .option('--metadata-output <file>', 'add a line of JSON about each file to this file; - is standard output')
    .option('--overwrite-metadata', 'empty that file first')
}

function outputHelp({ writes, inPlace }: Verb): string {
  if (inPlace === true) return 'where to write (default: in the place of what was read)'
  return `where to write${writes === 'plaintext' ? ', once all is verified' : ''} (default: standard output)`
}

function inFolder({ writes }: Verb): string {
  return writes === 'nothing' ? '' : ', to a folder that -o names'
}

function jobCount(text: string): number {
  const number = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (number >= 1 && number <= MAX_JOBS) return number
  throw new InvalidArgumentError(`It must be a number from 1 to ${MAX_JOBS}.`)
}

/**
 * Does a command's work on what its arguments name: one file or standard input, several files, or those of a folder.
 *
 * @param prepare makes what is done to each file, once it is known that there is something to do.
 */
export async function runFiles(
  verb: Verb,
  names: readonly string[],
  flags: FileFlags,
  prepare: (signal: AbortSignal) => Promise<Operation>,
): Promise<void> {
  requireConsistent(verb, names, flags)
  await interruptible(async (signal) => {
    await using work =
      flags.recursive === true ? await planFolder(verb, names[0]!, flags, signal) : planNamed(verb, names, flags)
    await requireApart(flags, work.tasks)
    await using metadata = await openMetadata(flags)
    const single = flags.recursive !== true && work.tasks.length === 1 ? work.tasks[0] : undefined
    await (single === undefined
      ? runSeveral(work, { ...flags, verb, metadata, signal, prepare })
      : runTask(single, {
          verb,
          metadata,
          signal,
          operation: () => prepare(signal),
          progress: progressOf(single, flags),
        }))
  })
}

/** Standard input has no name that would tell anything. */
function progressOf({ input }: Task, { quiet }: FileFlags): (bytes: number | undefined) => Progress {
  if (quiet === true) return () => NO_PROGRESS
  const name = input === STANDARD_STREAM ? {} : { name: input }
  return (bytes) => showProgress({ ...name, ...(bytes !== undefined && { bytes }) })
}

type Run = Pick<FileFlags, 'jobs' | 'failFast' | 'quiet'> &
  Pick<TaskRun, 'verb' | 'metadata' | 'signal'> & { prepare: (signal: AbortSignal) => Promise<Operation> }

/** What it takes to do anything is found out once, before the first of them. */
async function runSeveral(work: Work, { jobs, failFast, quiet, verb, metadata, signal, prepare }: Run): Promise<void> {
  const operation = Promise.resolve(await prepare(signal))
  await runAll(work, { jobs, failFast, quiet, signal, isOver: () => metadata.isGone() }, (task, progress) =>
    runTask(task, { verb, metadata, signal, operation: () => operation, progress: () => progress }),
  )
}

function planFolder(
  verb: Verb,
  name: string,
  { suffix = DEFAULT_SUFFIX, ...flags }: FileFlags,
  signal: AbortSignal,
): Promise<Work & AsyncDisposable> {
  const measures = flags.quiet !== true && canShowProgress()
  return planTree(verb, name, { ...flags, suffix, measures }, signal)
}

function planNamed(verb: Verb, names: readonly string[], flags: FileFlags): Work & AsyncDisposable {
  const inputs = names.length === 0 ? [undefined] : names
  const tasks = inputs.map((name) => namedTask(verb, name, flags))
  return { verb, tasks, skipped: [], [Symbol.asyncDispose]: () => Promise.resolve() }
}

function requireConsistent(verb: Verb, names: readonly string[], flags: FileFlags): void {
  const { recursive = false, context } = flags
  requireOnePlace(flags, context)
  const problem =
    problemWithReplacing(verb, flags) ??
    (recursive ? problemWithFolder(verb, names, flags) : problemWithFiles(names, flags))
  if (problem !== undefined) throw new UsageError(problem)
}

function problemWithReplacing(verb: Verb, { output, recursive, clobber, inPlace }: FileFlags): string | undefined {
  const replaces = inPlace === true || (verb.inPlace === true && output === undefined)
  if (clobber === false && replaces) return '--no-clobber replaces no file: name an output with -o.'
  if (inPlace === true && recursive === true)
    return '--in-place goes with one file. A folder is written to another one.'
  return undefined
}

function problemWithFiles(
  names: readonly string[],
  { output, suffix, exclude, skipExisting }: FileFlags,
): string | undefined {
  if (exclude.length > 0) return '--exclude goes with --recursive.'
  if (skipExisting === true) return '--skip-existing goes with --recursive.'
  if (suffix !== undefined) return '--suffix goes with --recursive. Name the output with -o.'
  if (names.length > 1 && output !== undefined) return 'Several files cannot go to the one that -o names.'
  return undefined
}

function problemWithFolder(
  verb: Verb,
  names: readonly string[],
  { output, skipExisting }: FileFlags,
): string | undefined {
  if (names.length !== 1 || names[0] === STANDARD_STREAM) return '--recursive goes through one folder: name it.'
  if (skipExisting === true && output === undefined) return 'With --skip-existing name the output folder with -o.'
  const needsOutput = verb.writes !== 'nothing' && verb.inPlace !== true && output === undefined
  if (needsOutput || output === STANDARD_STREAM) return 'With --recursive the output is a folder: name it with -o.'
  return undefined
}
