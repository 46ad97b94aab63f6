/** Runs the test files named, with short limits, as `npm test` does. */
import { runTestFiles } from '../../../testing/runner/run-test-files.ts'

process.exitCode = await runTestFiles({
  files: process.argv.slice(2),
  options: [],
  processes: 2,
  testTimeoutMs: 2000,
  fileTimeoutMs: 4000,
  endTimeoutMs: 2000,
  env: process.env,
})
