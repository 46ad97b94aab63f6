import { Command } from 'commander'
import { printDone } from '../terminal/done.ts'
import { dataOption } from '../shared/data-options.ts'

export function confirmClockCommand(): Command {
  return new Command('confirm-clock')
    .summary("confirm that the machine's clock is right after it jumped")
    .description(
      'Time that jumps ahead could delete keys before their time, so deletion pauses when it does. Confirm, once you\n' +
        "have checked the machine's clock, that it is right; deletion then goes on.",
    )
    .addOption(dataOption())
    .option('--json', 'print JSON')
    .action(async ({ data, json }: { data: string; json?: boolean }) => {
      const { confirmClock } = await import('@keyhold/server')
      await confirmClock(data)
      const now = new Date().toISOString()
      printDone(json, `Confirmed: it is ${now}.`, { confirmed: now })
    })
}
