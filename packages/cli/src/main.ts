import { CommanderError } from 'commander'
import { withholdMemoryFromCoreDumps } from './core-dumps.ts'
import { describeFailure, EXIT } from './exit.ts'
import { createProgram } from './program.ts'
import { serverFailure } from './serving/failure.ts'

withholdMemoryFromCoreDumps()

// Whoever reads our output may stop early, as `| head` does: that is no failure, and there is nobody left to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

try {
  await createProgram().parseAsync()
} catch (error) {
  process.exitCode = report(error)
}

function report(error: unknown): number {
  // Commander has printed what is wrong, or the help or version that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage
  const { message, exitCode } = serverFailure(error) ?? describeFailure(error)
  console.error(`keyhold: ${message}`)
  return exitCode
}
