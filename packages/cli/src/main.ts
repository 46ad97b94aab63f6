import { CommanderError } from 'commander'
import { withholdMemoryFromCoreDumps } from './process/core-dumps.ts'
import { printed, warn, warnAtExit } from './descriptors/standard.ts'
import { describeFailure, EXIT } from './process/exit.ts'
import { createProgram } from './program.ts'
import { serverFailure } from './serving/failure.ts'

/** As Node ends when a module waits for what never happens. */
const NEVER_DONE = 13

withholdMemoryFromCoreDumps()
// Not a module that waits: the bundle is a script, and scripts cannot.
process.once('exit', failUnlessDone)
void run().then(() => process.off('exit', failUnlessDone))

async function run(): Promise<void> {
  try {
    const program = await createProgram(process.argv[2])
    await program.parseAsync()
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
}

/** Success is what was done, not that nothing is left to wait for. */
function failUnlessDone(exitCode: number): void {
  if (exitCode !== 0) return
  process.exitCode = NEVER_DONE
  warnAtExit('keyhold: It ended before it was done. This is a bug: nothing it wrote can be relied on.')
}

function report(error: unknown): number {
  // Commander has printed what is wrong, or the help or version that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.usage
  const { message, exitCode } = serverFailure(error) ?? describeFailure(error)
  if (message !== '') warn(`keyhold: ${message}`)
  return exitCode
}
