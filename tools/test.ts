/**
 * `npm test`: every test. `npm test -- PATH…` runs those files and folders; the words `chaos` and `conformance` stand for a folder.
 * Ends on the closing lines of node's test runner and with its exit code.
 */
import { spawn } from 'node:child_process'
import { globSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { availableParallelism, constants, tmpdir } from 'node:os'
import { join } from 'node:path'

const FOLDERS: Readonly<Record<string, string>> = {
  chaos: 'chaos/**/*.test.ts',
  conformance: 'conformance/**/*.test.ts',
}
const EVERYTHING = ['packages/*/test/**/*.test.ts', 'tools/test/**/*.test.ts', 'conformance/**/*.test.ts']

/** A file that takes longer hangs. Generous: CI machines have two slow cores. */
const FILE_TIMEOUT_MS = 10 * 60 * 1000

const words = process.argv.slice(2)
const options = words.filter((word) => word.startsWith('-'))
const patterns = words.filter((word) => !word.startsWith('-')).map((word) => FOLDERS[word] ?? word)
const found = globSync(patterns.length === 0 ? EVERYTHING : patterns)
const files = found
  .flatMap((path) => (statSync(path).isDirectory() ? globSync(`${path}/**/*.test.ts`) : path))
  .toSorted()
if (files.length === 0) {
  console.error(`No test file matches ${patterns.join(' ')}.`)
  process.exit(2)
}

const runner = [
  '--conditions=source',
  '--test',
  '--test-reporter=spec',
  `--test-timeout=${FILE_TIMEOUT_MS}`,
  `--test-concurrency=${Math.max(1, Math.min(4, availableParallelism()))}`,
]
// Hundreds of processes, one for each file and more for servers and commands, load the same modules. The first of them
// leaves each module stripped and compiled for the others, which halves the time of all. The folder is this run's own:
// no run depends on an earlier one, and what tests install elsewhere does not pile up in it.
const compiled = mkdtempSync(join(tmpdir(), 'keyhold-compiled-'))
const env = { ...process.env, NODE_COMPILE_CACHE: compiled }
const child = spawn(process.execPath, [...runner, ...options, ...files], { stdio: 'inherit', env })
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  rmSync(compiled, { recursive: true, force: true, maxRetries: 5 })
  process.exitCode = code ?? 128 + constants.signals[signal ?? 'SIGKILL']
})
