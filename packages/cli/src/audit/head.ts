import type { DataFolder } from '@keyhold/server'
import { Command } from 'commander'
import { print, printLine, warn } from '../descriptors/standard.ts'
import { EXIT } from '../process/exit.ts'
import { dataOption } from '../shared/data-options.ts'
import { toJson } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'

export function auditHeadCommand(): Command {
  return new Command('head')
    .summary('print the newest signed head, to be kept elsewhere')
    .description(
      'Prints a signed note that says how far the audit log has come: the newest head of each stream, and how many changes\n' +
        'there ever were. Keep it out of reach of those who can change the data folder; then\n' +
        '`keyhold audit verify --since` finds a folder that was put back to an older state. A server may be running on\n' +
        'the folder. Exit code 8 when the log does not hold what the database knows of.',
    )
    .addOption(dataOption())
    .option('--public-key', 'print the key that verifies such notes instead, as C2SP signed-note readers take it')
    .option('--json', 'print note and key as JSON')
    .action(async ({ data, publicKey, json }: { data: DataFolder; publicKey?: boolean; json?: boolean }) => {
      const { auditHead } = await import('@keyhold/server')
      const { note, verifierKey, damage } = await auditHead(data)
      for (const problem of damage) warn(`keyhold: ${printable(problem)}`)
      if (damage.length > 0) {
        warn('keyhold: The audit log is NOT sound: run `keyhold audit verify`.')
        process.exitCode = EXIT.broken
        return
      }
      if (json === true) printLine(toJson({ note, verifierKey }))
      else print(publicKey === true ? `${verifierKey}\n` : note)
    })
}
