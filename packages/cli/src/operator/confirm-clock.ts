import { Command } from 'commander'
import { dataOption } from '../serving/options.ts'

export function confirmClockCommand(): Command {
  return new Command('confirm-clock')
    .summary("confirm that the machine's clock is right after it jumped")
    .description(
      'Time that jumps ahead could delete keys before their time, so deletion pauses when it does. Confirm, once you\n' +
        "have checked the machine's clock, that it is right; deletion then goes on.",
    )
    .addOption(dataOption())
    .action(async ({ data }: { data: string }) => {
      const { confirmClock } = await import('@keyhold/server')
      await confirmClock(data)
      console.log(`Confirmed: it is ${new Date().toISOString()}.`)
    })
}
