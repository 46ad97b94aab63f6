import type { Command } from 'commander'
import { acceptAuditLossCommand } from './accept-audit-loss.ts'
import { acceptRollbackCommand } from './accept-rollback.ts'
import { acceptDatabaseCommand } from './accept-database.ts'
import {
  accessKeyCreateCommand,
  accessKeyDisableCommand,
  accessKeyEnableCommand,
  accessKeyLsCommand,
} from './access-key.ts'
import { accountCreateCommand, accountLsCommand } from './account.ts'
import { backupCommand } from './backups/backup.ts'
import { backupRecipientCommands, backupsCommand } from './backups/recipients.ts'
import { drillCommand, restoreCommand } from './backups/restore.ts'
import { confirmClockCommand } from './confirm-clock.ts'
import { doctorCommand } from './doctor.ts'
import { quotaCommand } from './quota.ts'
import { quorumLsCommand, quorumRemoveCommand } from './quorum.ts'
import { recoverAdminCommand } from './recover-admin.ts'
import { regionAddCommand, regionLsCommand, regionRemoveCommand } from './region.ts'
import { rootCommands } from './root/commands.ts'
import { rotateDomainCommand } from './rotate-domain.ts'
import { sealCommand, unsealCommand } from './seal.ts'
import { serviceCreateCommand, serviceLsCommand, serviceSwitchCommand } from './service.ts'
import { recoveryCommands } from '../recovery/commands.ts'
import { upgradeCommand } from './upgrade.ts'
import { withRoot } from '../shared/data-options.ts'
import { group } from '../shared/group.ts'

/** `keyhold operator`. */
export function operatorCommands(): Command {
  const commands = [
    group('account', 'make and list accounts', [accountCreateCommand(), accountLsCommand()]),
    recoverAdminCommand(),
    group('service', 'register services that act for users', [
      serviceCreateCommand(),
      serviceLsCommand(),
      serviceSwitchCommand('disable'),
      serviceSwitchCommand('enable'),
    ]),
    group('access-key', 'make, list and stop access keys', [
      accessKeyCreateCommand(),
      accessKeyLsCommand(),
      accessKeyDisableCommand(),
      accessKeyEnableCommand(),
    ]),
    quotaCommand(),
    group('region', 'name the Regions that exist', [regionLsCommand(), regionAddCommand(), regionRemoveCommand()]),
    rootCommands(),
    rotateDomainCommand(),
    upgradeCommand(),
    backupCommand(),
    backupsCommand(),
    backupRecipientCommands(),
    group('quorum', 'look at quorum rules, and remove those whose approvers are gone', [
      quorumLsCommand(),
      quorumRemoveCommand(),
    ]),
    confirmClockCommand(),
    doctorCommand(),
    acceptDatabaseCommand(),
    acceptAuditLossCommand(),
    acceptRollbackCommand(),
  ]
  return group('operator', 'look after a data folder', [
    ...withRoot(commands),
    recoveryCommands(),
    restoreCommand(),
    drillCommand(),
    sealCommand(),
    unsealCommand(),
  ])
}
