import type { Command } from 'commander'
import { group } from '../shared/group.ts'
import { quorumApproveCommand, quorumDenyCommand, quorumRequestsCommand, quorumWithdrawCommand } from './requests.ts'
import { quorumDeleteCommand, quorumLsCommand, quorumPutCommand } from './rules.ts'

/** `keyhold quorum`. */
export function quorumCommands(): Command {
  return group('quorum', 'have several approve what destroys keys', [
    quorumPutCommand(),
    quorumLsCommand(),
    quorumDeleteCommand(),
    quorumRequestsCommand(),
    quorumApproveCommand(),
    quorumDenyCommand(),
    quorumWithdrawCommand(),
  ])
}
