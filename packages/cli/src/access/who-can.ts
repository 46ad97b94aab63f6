import type { Allowed } from '@keyhold/server'
import { Command } from 'commander'
import { print, warn } from '../descriptors/standard.ts'
import { toJsonLine } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { KEY_HELP, questionOf, type QuestionFlags, withQuestionOptions } from './options.ts'

export function accessWhoCanCommand(): Command {
  const command = new Command('who-can')
    .summary('list everybody who may do something to a key, and why')
    .description(
      'Asks for every user, role, root and service of all accounts, and for whomever the key policy and the grants name\n' +
        'beside them, one a line. Requests are taken to be made now, from this machine.',
    )
    .argument('<action>', 'such as Decrypt or kms:Decrypt')
    .argument('<key>', KEY_HELP)
    .action(whoCan)
  return withQuestionOptions(command)
}

async function whoCan(action: string, key: string, flags: QuestionFlags): Promise<void> {
  const { access } = await import('@keyhold/server')
  const render = flags.json === true ? (allowed: Allowed) => toJsonLine(allowed) : line
  let count = 0
  await access.whoCan(flags.data, questionOf(action, key, flags), (allowed) => {
    count += 1
    print(`${render(allowed)}\n`)
  })
  if (count === 0) warn('keyhold: no principal may.')
}

function line({ principal, sentence, ifAllowedBy, basis }: Allowed): string {
  const condition = ifAllowedBy === undefined ? '' : `  (if allowed by account ${ifAllowedBy})`
  const grants = basis.flatMap((one) => (one.layer === 'grant' ? [`  grant ${one.grantId}`] : []))
  return printable(`${principal}  ${sentence}${grants.join('')}${condition}`)
}
