import type { DataFolder, RootWayStatus } from '@keyhold/server'
import { Command } from 'commander'
import { printLine } from '../../descriptors/standard.ts'
import { EXIT } from '../../process/exit.ts'
import { dataOption } from '../../shared/data-options.ts'
import { printJson } from '../../terminal/print.ts'
import { printable } from '../../terminal/printable.ts'
import { table } from '../../terminal/table.ts'

export function rootStatusCommand(): Command {
  return new Command('status')
    .summary('list the ways to the root of trust')
    .description(
      'Lists every way to the root: what it is, whether it needs a person, and what is wrong with it. When a way opened the\n' +
        'root last is known to an hour, and is a note that nothing authenticates. A server may be running on the folder. Exit\n' +
        'code 8 when something is wrong with a way.',
    )
    .addOption(dataOption())
    .option('--check', 'open each way that needs no person, as a start would; a token may count a wrong PIN')
    .option('--json', 'print JSON')
    .action(status)
}

async function status({
  data,
  check = false,
  json,
}: {
  data: DataFolder
  check?: boolean
  json?: boolean
}): Promise<void> {
  const { operator } = await import('@keyhold/server')
  const found = await operator.rootStatus(data, { check })
  const wrong = found.ways.filter(({ problem }) => problem !== undefined)
  if (wrong.length > 0) process.exitCode = EXIT.broken
  if (json === true) return printJson(found)
  const heading = ['name', 'kind', 'what', 'person', 'generations', 'made', 'last opened', 'state']
  const lines = [
    `Root ${found.rootId}, generation ${found.generation}.`,
    table(heading, found.ways.map(row)),
    ...wrong.map(({ name, problem }) => `${name}: ${problem}`),
    ...found.warnings,
  ]
  printLine(lines.map((line) => line.split('\n').map(printable).join('\n')).join('\n'))
}

function row(way: RootWayStatus): string[] {
  const { name, kind, description, needsPerson, generations = [], createdMs, openedMs, state, opens } = way
  const now = opens === true ? ', opens' : opens === false ? ', does not open' : ''
  const person = needsPerson ? 'needed' : 'not needed'
  return [name, kind, description, person, generations.join(), time(createdMs), time(openedMs), state + now]
}

function time(ms: number | undefined): string {
  return ms === undefined ? '-' : new Date(ms).toISOString().slice(0, 16).replace('T', ' ')
}
