/**
 * `npm test`: every test but the long ones, which are in `chaos` and `conformance/long`. `npm test -- PATH…` runs those files
 * and folders; the words `chaos` and `conformance` mean a folder, unless a path in it is named as well: `npm run chaos -- mutants` runs `chaos/mutants`.
 * Ends on the closing lines of node's test runner and with its exit code.
 */
import { existsSync, globSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { runTestFiles } from './testing/runner/run-test-files.ts'

const FOLDERS: Readonly<Record<string, string>> = {
  chaos: 'chaos/**/*.test.ts',
  conformance: 'conformance/**/*.test.ts',
}
/** Those that take longest begin first, so that all processes end at about the same time. */
const EVERYTHING = [
  'conformance/*.test.ts',
  'packages/cli/test/**/*.test.ts',
  'packages/*/test/**/*.test.ts',
  'tools/test/**/*.test.ts',
]

/** Generous: CI machines have two slow cores. */
const TEST_TIMEOUT_MS = 10 * 60 * 1000
const FILE_TIMEOUT_MS = 15 * 60 * 1000
/** Tables of mutants have hundreds of runs of tests in one file. */
const CHAOS_FILE_TIMEOUT_MS = 60 * 60 * 1000
const END_TIMEOUT_MS = 60 * 1000

const words = process.argv.slice(2)
const options = words.filter((word) => word.startsWith('-'))
const named = words.filter((word) => !word.startsWith('-')).map(inNamedFolder)
// `npm run chaos -- chaos/kill.test.ts` is one file, though the script says `chaos` itself.
const patterns = named
  .filter((word) => !(Object.hasOwn(FOLDERS, word) && named.some((other) => other.startsWith(`${word}/`))))
  .map((word) => FOLDERS[word] ?? word)
const files = (patterns.length === 0 ? EVERYTHING : patterns).flatMap(testFiles)
if (files.length === 0) {
  console.error(`No test file matches ${patterns.join(' ')}.`)
  process.exit(2)
}
process.exitCode = await runTestFiles({
  files: [...new Set(files)],
  options,
  // One more than there are cores: tests also wait, for a disk, a clock or a process.
  processes: Math.min(4, availableParallelism() + 1),
  testTimeoutMs: TEST_TIMEOUT_MS,
  fileTimeoutMs: words.includes('chaos') ? CHAOS_FILE_TIMEOUT_MS : FILE_TIMEOUT_MS,
  endTimeoutMs: END_TIMEOUT_MS,
  env: process.env,
})

/** `mutants` is `chaos/mutants` where `chaos` is named too. */
function inNamedFolder(word: string): string {
  const folder = words.find((other) => Object.hasOwn(FOLDERS, other) && existsSync(`${other}/${word}`))
  return folder === undefined ? word : `${folder}/${word}`
}

/** The files of a pattern, and those in its folders. */
function testFiles(pattern: string): string[] {
  return globSync(pattern)
    .flatMap((path) => (statSync(path).isDirectory() ? globSync(`${path}/**/*.test.ts`) : path))
    .toSorted()
}
