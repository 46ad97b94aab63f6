import { CommanderError } from 'commander'
import { withholdMemoryFromCoreDumps } from './process/core-dumps.ts'
import { printed, warn } from './descriptors/standard.ts'
import { describeFailure, EXIT } from './process/exit.ts'
import { createProgram } from './program.ts'
import { serverFailure } from './serving/failure.ts'

withholdMemoryFromCoreDumps()

try {
  await createProgram().parseAsync()
} catch (error) {
  process.exitCode = report(error)
}
try {
  await printed()
} catch (error) {
  // What was found to be wrong, a failed verification say, matters more than that nobody reads of it.
  process.exitCode ||= report(error)
  await printed().catch(() => undefined)
}

function report(error: unknown): number {
  // Commander has printed what is wrong, or the help or version that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage
  const { message, exitCode } = serverFailure(error) ?? describeFailure(error)
  if (message !== '') warn(`keyhold: ${message}`)
  return exitCode
}
