import { type Command, InvalidArgumentError, Option } from 'commander'
import type { QuorumRuleView } from '@keyhold/protocol'
import { keyService, type KeyFlags, keyVerb } from '../keys/verb.ts'
import { tagList } from '../keys/tags.ts'
import { print } from '../descriptors/standard.ts'
import { collect, collectContext } from '../shared/options.ts'
import { printDone, printJson } from '../terminal/print.ts'
import { table } from '../terminal/table.ts'

interface PutFlags extends KeyFlags {
  needed: number
  approver: string[]
  key: string[]
  tag: Record<string, string>
  protects: string[]
  minutes?: number
  requesterMayApprove?: boolean
}

const PROTECTIONS = ['DESTRUCTION', 'POLICY', 'DISABLING', 'OPERATOR']

export function quorumPutCommand(): Command {
  return keyVerb('put', 'make or change a quorum rule')
    .description(
      'Demands that several approvers approve what destroys keys. To change a rule that exists needs its own quorum:\n' +
        'the command says which request waits, and is repeated once it is approved.',
    )
    .argument('<rule>', 'the name of the rule')
    .requiredOption('--needed <n>', 'how many approvers must approve', wholeNumber)
    .option('--approver <arn>', 'a user or role that may approve (repeatable)', collect, [])
    .option('--key <arn>', 'keys to protect, by ARN with * and ?; * for all (repeatable)', collect, [])
    .option('--tag <key=value>', 'keys to protect, by tag (repeatable)', collectContext, {})
    .addOption(
      new Option(
        '--protects <what>',
        `what it protects (repeatable; default: all but DISABLING): ${PROTECTIONS.join(', ')}`,
      )
        .argParser((value: string, previous: string[]) => collect(protection(value), previous))
        .default([], 'all but DISABLING'),
    )
    .option('--minutes <n>', 'how long a request waits for approvals (default: 1440, a day)', wholeNumber)
    .option('--requester-may-approve', 'count the approval of the caller, too')
    .action(put)
}

export function quorumLsCommand(): Command {
  return keyVerb('ls', 'list the quorum rules of the account').action(ls)
}

export function quorumDeleteCommand(): Command {
  return keyVerb('delete', 'remove a quorum rule')
    .description('Removes a quorum rule, which needs the quorum of that rule.')
    .argument('<rule>', 'the name of the rule')
    .action(remove)
}

async function put(RuleName: string, flags: PutFlags): Promise<void> {
  const { needed, approver, key, tag, protects, minutes, requesterMayApprove } = flags
  const service = await keyService(flags)
  const { Rule } = await service.keyhold('PutQuorumRule', {
    RuleName,
    NeededApprovals: needed,
    Approvers: approver,
    KeyArns: key,
    KeyTags: tagList(tag),
    ...(protects.length > 0 && { Protects: protects }),
    ...(minutes !== undefined && { ApprovalMinutes: minutes }),
    ...(requesterMayApprove === true && { RequesterMayApprove: true }),
  })
  printDone(flags.json, `The rule ${RuleName} asks for ${needed} of ${approver.length} approvers.`, Rule)
}

async function ls(flags: KeyFlags): Promise<void> {
  const { Rules } = await (await keyService(flags)).keyhold('ListQuorumRules', {})
  if (flags.json === true) printJson(Rules)
  else print(table(['rule', 'needed', 'protects', 'keys', 'approvers'], Rules.map(ruleRow)))
}

function ruleRow({ RuleName, NeededApprovals, Approvers, Protects, KeyArns, KeyTags }: QuorumRuleView): string[] {
  const keys = [...KeyArns, ...KeyTags.map(({ TagKey, TagValue }) => `${TagKey}=${TagValue}`)]
  const approvers = Approvers.map(({ Arn }) => Arn).join(' ')
  return [RuleName, `${NeededApprovals} of ${Approvers.length}`, Protects.join(' '), keys.join(' '), approvers]
}

async function remove(RuleName: string, flags: KeyFlags): Promise<void> {
  const said = await (await keyService(flags)).keyhold('DeleteQuorumRule', { RuleName })
  printDone(flags.json, `The rule ${RuleName} is removed.`, said)
}

function wholeNumber(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number.')
}

function protection(text: string): string {
  if (PROTECTIONS.includes(text)) return text
  throw new InvalidArgumentError(`It can be: ${PROTECTIONS.join(', ')}.`)
}
