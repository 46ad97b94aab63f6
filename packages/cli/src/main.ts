import { CommanderError } from 'commander'
import { withholdMemoryFromCoreDumps } from './process/core-dumps.ts'
import { printed, warn } from './descriptors/standard.ts'
import { describeFailure, EXIT } from './process/exit.ts'
import { createProgram } from './program.ts'
import { serverFailure } from './serving/failure.ts'

withholdMemoryFromCoreDumps()

try {
  await (await createProgram(process.argv[2])).parseAsync()
} catch (error) {
  process.exitCode = report(error)
}
try {
  await printed()
} catch (error) {
  // A failed verification, for example, matters more than an output that nothing reads.
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
