import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { accessCanICommand } from './access/can-i.ts'
import { accessExplainCommand } from './access/explain.ts'
import { accessReplayCommand } from './access/replay.ts'
import { accessWhoCanCommand } from './access/who-can.ts'
import { auditHeadCommand } from './audit/head.ts'
import { auditQueryCommand } from './audit/query.ts'
import { auditVerifyCommand } from './audit/verify.ts'
import { completionCommand } from './completion/completion.ts'
import { execCommand } from './exec/exec.ts'
import { registerFileCommands } from './files/register.ts'
import { helpCommand, withHelp } from './help.ts'
import { keyFileCreateCommand } from './key-files/create.ts'
import { keyFileRewrapCommand } from './key-files/rewrap.ts'
import { keyFileShowCommand } from './key-files/show.ts'
import { keyAliasCommand } from './keys/alias.ts'
import { keyCreateCommand } from './keys/create.ts'
import { keyDescribeCommand } from './keys/describe.ts'
import { keyTagCommand, keyUntagCommand } from './keys/tags.ts'
import { keyDeleteCommand, keyUndeleteCommand } from './keys/delete.ts'
import { keyGrantCommand } from './keys/grant.ts'
import { keyLsCommand } from './keys/ls.ts'
import { keyPolicyCommand } from './keys/policy.ts'
import { keyPublicKeyCommand } from './keys/public-key.ts'
import { keyReportCommand } from './keys/report.ts'
import { keyRotateCommand } from './keys/rotate.ts'
import { keyShowCommand } from './keys/show.ts'
import { keyDisableCommand, keyEnableCommand } from './keys/switch.ts'
import { accessKeyDisableCommand, accessKeyLsCommand } from './operator/access-key.ts'
import { accountCreateCommand, accountLsCommand } from './operator/account.ts'
import { acceptAuditLossCommand } from './operator/accept-audit-loss.ts'
import { acceptDatabaseCommand } from './operator/accept-database.ts'
import { confirmClockCommand } from './operator/confirm-clock.ts'
import { doctorCommand } from './operator/doctor.ts'
import { recoverAdminCommand } from './operator/recover-admin.ts'
import { serviceCreateCommand, serviceLsCommand, serviceSwitchCommand } from './operator/service.ts'
import { quotaCommand } from './operator/quota.ts'
import { regionAddCommand, regionLsCommand, regionRemoveCommand } from './operator/region.ts'
import { devCommand } from './serving/dev.ts'
import { initCommand } from './serving/init.ts'
import { recoveryKeyCreateCommand } from './recovery-keys/create.ts'
import { serveCommand } from './serving/serve.ts'

const NOTES = `
Exit codes:
  0 done                                        5 does not open: damaged, or another context
  1 a bug in keyhold                            6 contradicts -c
  2 wrong use                                   7 the key is missing or unusable
  3 denied                                      8 the audit log or the database is broken
  4 unreachable or throttled: try again         9 a file is missing, or cannot be read or written
  141 the reader of the output has gone away
  exec: 125 it could not start the command; else the command's

With --json a command prints one JSON value; audit query, access who-can and operator doctor print
one JSON object a line.`

/** The whole command. Each verb loads what it needs only when it runs, so that `inspect` does not wait for a server. */
export function createProgram(): Command {
  const program = new Command('keyhold')
    .description(
      'A key management service of your own that speaks the AWS KMS API, and the envelope encryption for it.',
    )
    .version(version())
    .helpCommand(false)
    .addHelpText('after', NOTES)
  program.commandsGroup('Files, under any KMS:')
  registerFileCommands(program)
  program.addCommand(execCommand())
  program.addCommand(
    group('key-file', 'change who opens many files by changing one', [
      keyFileCreateCommand(),
      keyFileShowCommand(),
      keyFileRewrapCommand(),
    ]),
  )
  program.addCommand(
    group('recovery-key', 'a key kept away that opens files without any KMS', [recoveryKeyCreateCommand()]),
  )
  program.commandsGroup('Keys, of any KMS:')
  program.addCommand(keyCommands())
  program.commandsGroup('The service:')
  program.addCommand(devCommand()).addCommand(initCommand()).addCommand(serveCommand())
  program.addCommand(
    group('audit', 'read and check the audit log', [auditQueryCommand(), auditVerifyCommand(), auditHeadCommand()]),
  )
  program.addCommand(
    group('access', 'ask who may do what, and why', [
      accessExplainCommand(),
      accessCanICommand(),
      accessWhoCanCommand(),
      accessReplayCommand(),
    ]),
  )
  program.addCommand(operatorCommands())
  program.commandsGroup('The shell:')
  program.addCommand(completionCommand()).addCommand(helpCommand())
  return withHelp(program)
}

function keyCommands(): Command {
  return group('key', 'look after keys, from their making to their end', [
    keyCreateCommand(),
    keyLsCommand(),
    keyShowCommand(),
    keyDescribeCommand(),
    keyTagCommand(),
    keyUntagCommand(),
    keyAliasCommand(),
    keyEnableCommand(),
    keyDisableCommand(),
    keyRotateCommand(),
    keyDeleteCommand(),
    keyUndeleteCommand(),
    keyPolicyCommand(),
    keyPublicKeyCommand(),
    keyGrantCommand(),
    keyReportCommand(),
  ])
}

function operatorCommands(): Command {
  return group('operator', 'look after a data folder', [
    group('account', 'make and list accounts', [accountCreateCommand(), accountLsCommand()]),
    recoverAdminCommand(),
    group('service', 'register services that act for users', [
      serviceCreateCommand(),
      serviceLsCommand(),
      serviceSwitchCommand('disable'),
      serviceSwitchCommand('enable'),
    ]),
    group('access-key', 'list and stop access keys', [accessKeyLsCommand(), accessKeyDisableCommand()]),
    quotaCommand(),
    group('region', 'name the Regions that exist', [regionLsCommand(), regionAddCommand(), regionRemoveCommand()]),
    confirmClockCommand(),
    doctorCommand(),
    acceptDatabaseCommand(),
    acceptAuditLossCommand(),
  ])
}

function group(name: string, summary: string, commands: readonly Command[]): Command {
  const command = new Command(name).summary(summary).description(`${summary[0]!.toUpperCase()}${summary.slice(1)}.`)
  for (const each of commands) command.addCommand(each)
  return command
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}
