import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { QueueRun } from './run-queue.ts'
import { TestQueue } from './test-queue.ts'

export interface TestRun {
  /** Paths, from the working folder. They begin in this order. */
  files: readonly string[]
  /** Further options for node's test runner. */
  options: readonly string[]
  /** How many processes run tests at the same time. */
  processes: number
  /** A test that takes longer fails. */
  testTimeoutMs: number
  /** A file that takes longer is ended with its process. */
  fileTimeoutMs: number
  /** How long a process may take to end once its last file has. */
  endTimeoutMs: number
  env: NodeJS.ProcessEnv
}

/** In a test file: it cannot share its process, and the reason. */
const RUNS_ALONE = /^\/\/ Runs alone: \S/m
const WATCH_EVERY_MS = 1000

/**
 * Runs test files by node's test runner and resolves to its exit code, or 1 where it has not noticed that a file did
 * not come to its end or has no test. Names such files on standard error.
 *
 * Starting a process for each of hundreds of files takes longer than most of their tests. A few processes share the
 * files, each taking the next when it has ended one. Those that cannot share have a process for themselves.
 */
export async function runTestFiles(run: TestRun): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'keyhold-tests-'))
  const queues = queuesOf(run, folder)
  const stopHanging = setInterval(() => endHanging(queues, run.fileTimeoutMs), WATCH_EVERY_MS)
  try {
    const exitCode = await runNode(run, folder)
    const problems = [...queues.flatMap(unfinished), ...withoutTests(folder)]
    for (const problem of problems) console.error(problem)
    return exitCode === 0 && problems.length > 0 ? 1 : exitCode
  } finally {
    clearInterval(stopHanging)
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Makes what node's test runner takes for test files: one for each process. It starts them in the order of their names. */
function queuesOf(run: TestRun, folder: string): TestQueue[] {
  mkdirSync(join(folder, 'processes'))
  const alone = run.files.filter((file) => RUNS_ALONE.test(readFileSync(file, 'utf8')))
  const shared = run.files.filter((file) => !alone.includes(file))
  const lone = alone.map((file, index) => queueOf(run, folder, `alone-${index}-${basename(file, '.test.ts')}`, [file]))
  return shared.length === 0 ? lone : [...lone, queueOf(run, folder, 'shared', shared)]
}

function queueOf(run: TestRun, folder: string, name: string, files: readonly string[]): TestQueue {
  const processes = Math.min(run.processes, files.length)
  const runner = pathToFileURL(join(import.meta.dirname, 'run-queue.ts')).href
  for (let processIndex = 0; processIndex < processes; processIndex += 1) {
    const work: QueueRun = { folder: join(folder, name), processIndex, endTimeoutMs: run.endTimeoutMs }
    const text = `import { runQueue } from ${JSON.stringify(runner)}\nawait runQueue(${JSON.stringify(work)})\n`
    writeFileSync(join(folder, 'processes', `${name}-${processIndex}.mjs`), text)
  }
  return TestQueue.create(join(folder, name), files, processes)
}

async function runNode(run: TestRun, folder: string): Promise<number> {
  // The processes, and those of servers and commands that tests start, load the same modules. The first of them leaves
  // each module stripped and compiled for the others, which halves the time of all. The folder is this run's own: no run
  // depends on an earlier one, and what tests install elsewhere does not pile up in it.
  const env = { ...run.env, NODE_COMPILE_CACHE: join(folder, 'compiled'), TEST_RUN_FOLDER: folder }
  const child = spawn(process.execPath, [...nodeOptions(run, folder), `${folder}/processes/*.mjs`], {
    stdio: 'inherit',
    env,
  })
  const stop = (signal: NodeJS.Signals): void => void child.kill(signal)
  process.on('SIGINT', stop).on('SIGTERM', stop)
  const { promise, resolve } = Promise.withResolvers<number>()
  child.on('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']))
  const exitCode = await promise
  process.off('SIGINT', stop).off('SIGTERM', stop)
  return exitCode
}

function nodeOptions({ options, processes, testTimeoutMs }: TestRun, folder: string): string[] {
  return [
    '--conditions=source',
    '--test',
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${pathToFileURL(join(import.meta.dirname, 'files-without-tests.ts')).href}`,
    `--test-reporter-destination=${join(folder, 'without-tests.txt')}`,
    `--test-timeout=${testTimeoutMs}`,
    `--test-concurrency=${processes}`,
    ...options,
  ]
}

/** A loop that never ends cannot be stopped by its own process. */
function endHanging(queues: readonly TestQueue[], fileTimeoutMs: number): void {
  const hanging = queues.flatMap((queue) => queue.taken()).filter(({ sinceMs }) => Date.now() - sinceMs > fileTimeoutMs)
  for (const { file, pid } of hanging) {
    if (pid > 0 && kill(pid))
      console.error(`${file} takes longer than ${fileTimeoutMs / 1000} s: its process is ended.`)
  }
}

/** Whether there was such a process. */
function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL')
  } catch {
    return false
  }
}

function unfinished(queue: TestQueue): string[] {
  return [
    ...queue.taken().map(({ file }) => `${file} did not come to its end: its process ended before.`),
    ...queue.waiting().map((file) => `${file} was not run.`),
  ]
}

function withoutTests(folder: string): string[] {
  const names = readFileSync(join(folder, 'without-tests.txt'), 'utf8').split('\n').filter(Boolean)
  return names.map((name) => `${name} registers no test.`)
}
