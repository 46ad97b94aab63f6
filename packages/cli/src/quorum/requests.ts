import type { Command } from 'commander'
import type { QuorumRequestView } from '@keyhold/protocol'
import { print } from '../descriptors/standard.ts'
import { keyService, type KeyFlags, keyVerb } from '../keys/verb.ts'
import { printDone, printJson } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'

const ID_HELP = 'the id of the request'

export function quorumRequestsCommand(): Command {
  return keyVerb('requests', 'list the calls that wait for approval').action(requests)
}

export function quorumApproveCommand(): Command {
  return keyVerb('approve', 'approve a call that waits')
    .description(
      'Approves a call that waits, with your own credentials. Once enough approvers have, its caller repeats it.',
    )
    .argument('<request>', ID_HELP)
    .action(async (id: string, flags: KeyFlags) => {
      const { Request } = await (await keyService(flags)).keyhold('ApproveRequest', { RequestId: id })
      const sentence = `Approved: ${Request.Action} on ${Request.Resource}, for ${Request.Requester}.`
      printDone(flags.json, sentence, Request)
    })
}

export function quorumDenyCommand(): Command {
  return keyVerb('deny', 'deny a call that waits')
    .description('Denies a call that waits. It cannot be made again before the request expires.')
    .argument('<request>', ID_HELP)
    .action(async (id: string, flags: KeyFlags) => {
      const { Request } = await (await keyService(flags)).keyhold('DenyRequest', { RequestId: id })
      printDone(flags.json, `Denied: ${Request.Action} on ${Request.Resource}, for ${Request.Requester}.`, Request)
    })
}

export function quorumWithdrawCommand(): Command {
  return keyVerb('withdraw', 'withdraw your own call that waits')
    .argument('<request>', ID_HELP)
    .action(async (id: string, flags: KeyFlags) => {
      const said = await (await keyService(flags)).keyhold('WithdrawRequest', { RequestId: id })
      printDone(flags.json, `Withdrawn: ${id}.`, said)
    })
}

async function requests(flags: KeyFlags): Promise<void> {
  const { Requests } = await (await keyService(flags)).keyhold('ListPendingRequests', {})
  if (flags.json === true) printJson(Requests)
  else print(Requests.map(described).join('\n') || 'No call waits for approval.\n')
}

function described(request: QuorumRequestView): string {
  const { RequestId, Action, Resource, Requester, Input, RuleNames, CreatedDate, ExpirationDate } = request
  const facts = [
    RequestId,
    `  ${Action} on ${Resource}`,
    `  asked for by ${Requester} on ${CreatedDate.toISOString()}: ${Input}`,
    `  rules ${RuleNames.join(', ')}; until ${ExpirationDate.toISOString()}`,
    `  ${request.DeniedBy === undefined ? `approved by ${request.ApprovedBy.join(', ') || 'no one yet'}` : `denied by ${request.DeniedBy}`}`,
  ]
  return `${facts.map(printable).join('\n')}\n`
}
