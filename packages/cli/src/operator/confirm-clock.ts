import type { DataFolder, Stop } from '@keyhold/server'
import { Command, InvalidArgumentError } from 'commander'
import { printLine } from '../descriptors/standard.ts'
import { dataOption } from '../shared/data-options.ts'
import { printDone, printJson } from '../terminal/print.ts'
import { table } from '../terminal/table.ts'
import { UsageError } from '../base/errors.ts'

interface Flags {
  data: DataFolder
  stop?: number
  revoke?: boolean
  json?: boolean
}

export function confirmClockCommand(): Command {
  return new Command('confirm-clock')
    .summary('count a time during which the service was stopped')
    .description(
      "Waiting periods count the time that the service is seen running. How long it was stopped only the machine's clock\n" +
        'can say, which may have been wrong before or after: without --stop, this lists what it said. Once you know that a\n' +
        'stop lasted as long as that, name it: it then counts for what waited already when it began.',
    )
    .addOption(dataOption())
    .option('--stop <number>', 'the stop that lasted as long as the list says', parseNumber)
    .option('--revoke', 'take back what was said of the stop: it does not count')
    .option('--json', 'print JSON')
    .action(confirm)
}

async function confirm({ data, stop: number, revoke, json }: Flags): Promise<void> {
  const { operator } = await import('@keyhold/server')
  if (number === undefined) {
    if (revoke === true) throw new UsageError('--revoke needs --stop.')
    list(await operator.stops(data), json)
    return
  }
  const stop = await operator.confirmStop(data, number, { counts: revoke !== true })
  const how = stop.counts ? 'counts for what waited when it began' : 'does not count'
  printDone(json, `Stop ${stop.number}, of ${lengthOf(stop)}, ${how}.`, shown(stop))
}

function list(stops: readonly Stop[], json: boolean | undefined): void {
  if (json === true) printJson({ stops: stops.map((stop) => shown(stop)) })
  else if (stops.length === 0) printLine('No stop of the service is known.')
  else {
    const rows = stops.map((stop) => {
      const { from, to, counts } = shown(stop)
      return [String(stop.number), from, to, lengthOf(stop), counts ? 'yes' : 'no']
    })
    printLine(table(['stop', 'from', 'to', 'length', 'counts'], rows).trimEnd())
  }
}

function shown({ number, fromMs, toMs, counts }: Stop): { stop: number; from: string; to: string; counts: boolean } {
  return { stop: number, from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), counts }
}

const MINUTE_MS = 60_000

/** Days, hours and minutes. */
function lengthOf({ fromMs, toMs }: Stop): string {
  const minutes = Math.floor((toMs - fromMs) / MINUTE_MS)
  const [days, hours] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60)]
  return `${days > 0 ? `${days}d ` : ''}${hours}h ${minutes % 60}m`
}

function parseNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('A stop is named by its number in the list.')
}
