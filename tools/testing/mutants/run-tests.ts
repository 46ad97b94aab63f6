import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Mutant } from './mutant.ts'
import { FAILURE, type Failure, LOADED, PLAN, type Plan } from './plan.ts'

export interface TestsRun {
  mutant?: Mutant
  tests: readonly string[]
  limitMs: number
}

/** How a run of tests came to its end. */
export interface Ended {
  exitCode: number | null
  /** It took longer than its limit. */
  late: boolean
  /** Whether anything loaded the mutated module. */
  loaded: boolean
  failure?: Failure
  /** The last of what it printed. */
  output: string
}

const ROOT = join(import.meta.dirname, '../../..')
const MAX_OUTPUT_CHARACTERS = 4000

/** Groups of processes that must not outlive this one. */
const running = new Set<ChildProcess>()
process.on('exit', () => running.forEach(endGroup))
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    running.forEach(endGroup)
    process.kill(process.pid, signal)
  })
}

/**
 * Runs test files in one process until the first failure, with a mutant or with none. What the tests start and leave
 * behind, processes and temporary files, goes with them.
 */
export async function runTests({ mutant, tests, limitMs }: TestsRun): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'keyhold-mutant-'))
  try {
    const child = start(tests, { folder, ...(mutant && { mutant }) })
    const [exitCode, late, output] = await Promise.all([exit(child), endAfter(child, limitMs), printed(child)])
    const failure = join(folder, FAILURE)
    return {
      exitCode,
      late,
      loaded: existsSync(join(folder, LOADED)),
      ...(existsSync(failure) && { failure: JSON.parse(readFileSync(failure, 'utf8')) as Failure }),
      output,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** The test files among paths, and those in the folders among them. Throws when there is none. */
export function testFilesOf(tests: readonly string[]): string[] {
  const files = tests.flatMap((path) =>
    statSync(join(ROOT, path)).isDirectory() ? globSync(`${path}/**/*.test.ts`, { cwd: ROOT }) : path,
  )
  if (files.length === 0) throw new Error(`There is no test in ${tests.join(', ')}.`)
  return files
}

function start(tests: readonly string[], plan: Plan): ChildProcess {
  const options = [
    '--conditions=source',
    '--test',
    '--test-isolation=none',
    `--test-reporter=${urlOf('first-failure.ts')}`,
  ]
  const env = {
    ...process.env,
    // Threads and started processes inherit it, unless a test gives them an environment of its own making.
    NODE_OPTIONS: `--import=${urlOf('mutate.ts')}`,
    NODE_TEST_CONTEXT: undefined,
    // Commands run from their sources: a bundle would not have the mutant.
    TEST_RUN_FOLDER: undefined,
    TMPDIR: plan.folder,
    [PLAN]: JSON.stringify(plan),
  }
  // A group of its own: what the tests start ends with it.
  return spawn(process.execPath, [...options, join(import.meta.dirname, 'stop-at-failure.ts'), ...testFilesOf(tests)], {
    cwd: ROOT,
    env,
    detached: true,
  })
}

function urlOf(name: string): string {
  return pathToFileURL(join(import.meta.dirname, name)).href
}

function exit(child: ChildProcess): Promise<number | null> {
  const { promise, resolve } = Promise.withResolvers<number | null>()
  running.add(child)
  child.on('exit', (exitCode) => {
    running.delete(child)
    endGroup(child)
    resolve(exitCode)
  })
  return promise
}

/** Whether the child had to be ended. */
function endAfter(child: ChildProcess, limitMs: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => {
    endGroup(child)
    resolve(true)
  }, limitMs)
  child.on('exit', () => {
    clearTimeout(timer)
    resolve(false)
  })
  return promise
}

function endGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error // all of it has ended
  }
}

async function printed({ stdout, stderr }: ChildProcess): Promise<string> {
  let output = ''
  const take = (text: string): void => void (output = (output + text).slice(-MAX_OUTPUT_CHARACTERS))
  const streams = [stdout, stderr].filter((stream) => stream !== null)
  await Promise.all(
    streams.map(async (stream) => {
      for await (const text of stream.setEncoding('utf8')) take(String(text))
    }),
  )
  return output
}
