import type { DataFolder } from '@keyhold/server'
import { Command } from 'commander'
import { printLine } from '../../descriptors/standard.ts'
import { dataOption } from '../../shared/data-options.ts'
import { group } from '../../shared/group.ts'
import { printDone, printJson } from '../../terminal/print.ts'
import { sizeOf } from './options.ts'

interface Flags {
  data: DataFolder
  json?: boolean
}

/** `keyhold operator backup-recipient`. */
export function backupRecipientCommands(): Command {
  return group('backup-recipient', 'choose who can open backups', [
    changing('add', 'encrypt later backups to an age recipient, too', (recipient) => ({ add: [recipient] })),
    changing('remove', 'encrypt later backups no more to a recipient', (recipient) => ({ remove: [recipient] })),
    listing(),
  ])
}

function changing(
  name: string,
  summary: string,
  changeOf: (recipient: string) => { add?: string[]; remove?: string[] },
): Command {
  return new Command(name)
    .summary(summary)
    .description('Backups that were made keep the recipients that they have.')
    .argument('<recipient>', 'age1…, the public half of an age identity; age1pq1… withstands quantum computers')
    .addOption(dataOption())
    .option('--json', 'print JSON')
    .action(async (recipient: string, { data, json }: Flags) => {
      const { backup } = await import('@keyhold/server')
      const recipients = await backup.changeRecipients(data, changeOf(recipient))
      printDone(json, `Backups have ${recipients.length} recipients now, beside recovery shares.`, { recipients })
    })
}

function listing(): Command {
  return new Command('ls')
    .summary('list who can open the next backup')
    .description('Lists the recipients that were added, and those of recovery shares and recovery identities.')
    .addOption(dataOption())
    .option('--json', 'print JSON')
    .action(async ({ data, json }: Flags) => {
      const { backup } = await import('@keyhold/server')
      const { recipients, chosen } = await backup.overview(data)
      if (json === true)
        printJson({ recipients: recipients.map((recipient) => ({ recipient, chosen: chosen.includes(recipient) })) })
      else if (recipients.length === 0) printLine('Backups have no recipients: no one could open one.')
      else for (const one of recipients) printLine(chosen.includes(one) ? one : `${one} (recovery)`)
    })
}

/** `keyhold operator backups`. */
export function backupsCommand(): Command {
  return new Command('backups')
    .summary('list the backups that are known, and when one was last tried')
    .description('Lists the backups that this folder made and did not remove. Copies that people made are not known.')
    .addOption(dataOption())
    .option('--json', 'print JSON')
    .action(async ({ data, json }: Flags) => {
      const { backup } = await import('@keyhold/server')
      const { backups, drill } = await backup.overview(data)
      if (json === true) return printJson({ backups, drill })
      if (backups.length === 0) printLine('There is no backup yet. Make one with: keyhold operator backup')
      for (const { file, bytes, madeMs, revision, base } of backups) {
        const kind = base === undefined ? 'full' : 'incremental'
        printLine(`${new Date(madeMs).toISOString()}  r${revision}  ${kind}  ${sizeOf(bytes)}  ${file}`)
      }
      printLine(
        drill === undefined
          ? 'None was ever tried with the recovery copy. Do it with: keyhold operator drill'
          : `Tried with the recovery copy on ${new Date(drill.atMs).toISOString()}: revision ${drill.revision}.`,
      )
    })
}
