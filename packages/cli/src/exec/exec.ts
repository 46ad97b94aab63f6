import { Command } from 'commander'
import { requireNoDebugger } from '../process/debugger.ts'
import { NotStarted } from '../process/exit.ts'
import { requireOnePlace, withBinding } from '../shared/bound-path.ts'
import { reader, withExpectations } from '../shared/envelopes.ts'
import type { ReadingFlags } from '../shared/envelopes.ts'
import { interruptible } from '../process/interruption.ts'
import { withReadingKeys } from '../shared/keyrings.ts'
import { collect, collectContext } from '../shared/options.ts'
import { runCommand } from '../process/run-command.ts'
import { UsageError } from '../base/errors.ts'
import { decryptedValues } from './values.ts'
import type { Sources } from './values.ts'
import { pristine } from './variables.ts'

type ExecFlags = ReadingFlags & Sources & { pristine?: boolean }

const NOTES = `
Exit code: the command's; 125 if a value is missing, 126 or 127 if the command cannot be
run or found; 128 and the number of the signal that ended it.`

export function execCommand(): Command {
  const command = new Command('exec')
    .summary('run a command with decrypted values in its environment')
    .description(
      'Decrypts files into the environment of a command and runs it. Nothing is written to the disk, and the command starts\n' +
        'only when every file has been verified. Its environment is this one and the values; variables that decide what code\n' +
        'a program runs, such as LD_PRELOAD, PATH and NODE_OPTIONS, are refused.',
    )
    .argument('<command...>', 'what to run; put -- before it')
    .option(
      '--env <name=file>',
      'the variable NAME gets what FILE holds, without line ends at its end; may be repeated',
      collectContext,
      {},
    )
    .option('--env-file <file>', 'the encrypted file holds lines NAME=value; may be repeated', collect, [])
    .option('--pristine', 'the values, PATH, HOME and the like, and nothing else: no credentials of ours')
    .addHelpText('after', NOTES)
  return withBinding(withExpectations(withReadingKeys(command))).action(exec)
}

async function exec(command: readonly string[], flags: ExecFlags): Promise<void> {
  if (Object.keys(flags.env).length + flags.envFile.length === 0) {
    throw new UsageError('No file is named. Name one with --env NAME=FILE or --env-file FILE.')
  }
  requireOnePlace(flags, flags.context)
  requireSafety()
  const values = await interruptible(async (signal) => decryptedValues(flags, await reader(flags, signal), signal))
  requireSafety() // what was asked for while this process started may open a little later
  const inherited = flags.pristine === true ? pristine(process.env) : process.env
  process.exitCode = await runCommand(command, { ...inherited, ...values })
}

/** @throws NotStarted while a debugger is open. */
function requireSafety(): void {
  try {
    requireNoDebugger()
  } catch (error) {
    throw new NotStarted('exec', error)
  }
}
