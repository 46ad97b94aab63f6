import type { AccessAnswer } from '@keyhold/server'
import { Command } from 'commander'
import { print } from '../descriptors/standard.ts'
import { EXIT } from '../process/exit.ts'
import { printJson } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { KEY_HELP, questionOf, type QuestionFlags, withQuestionOptions } from './options.ts'
import { callLines } from './show-calls.ts'

interface CanIFlags extends QuestionFlags {
  as?: string
}

export function accessCanICommand(): Command {
  const command = new Command('can-i')
    .summary('say whether a principal may do something to a key, and why')
    .description(
      'Answers for a request that would be made now, from this machine. Exit code 3 when it would be denied. A role is\n' +
        'asked about as any of its sessions. A grant that is newer than the service knows counts with its grant token\n' +
        'only; RetireGrant is decided by the grant that the token names.',
    )
    .argument('<action>', 'such as Decrypt or kms:Decrypt')
    .argument('<key>', KEY_HELP)
    .option('--as <principal>', 'ARN of a user, role, session or root, or a service (default: the only administrator)')
    .action(canI)
  return withQuestionOptions(command)
}

async function canI(action: string, key: string, flags: CanIFlags): Promise<void> {
  const { access, renderExplanation } = await import('@keyhold/server')
  const answer = await access.canI(flags.data, questionOf(action, key, flags), flags.as)
  if (flags.json === true) printJson(answer)
  else print(text(answer, renderExplanation(answer.explanation)))
  if (!answer.allowed) process.exitCode = EXIT.denied
}

/** A yes needs one line; a no says why not, and how it could become a yes. */
function text(answer: AccessAnswer, explanation: string): string {
  const { allowed, principal, action, key, sentence, calls, quorum = [] } = answer
  const verdict = `${allowed ? 'yes' : 'no'}: ${principal} ${allowed ? 'may' : 'may not'} ${action} on ${key}. ${sentence}`
  const why = allowed ? [] : ['', ...explanation.trimEnd().split('\n'), ...callLines(calls)]
  const asked = quorum.map(({ rule, needed, approvers }) => {
    return `The quorum rule ${rule} asks for ${needed} of these approvers first: ${approvers.join(', ')}`
  })
  return [verdict, ...(allowed ? asked : []), ...why].map((line) => `${printable(line)}\n`).join('')
}
