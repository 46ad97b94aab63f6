import type { DataFolder, ListedDomain } from '@keyhold/server'
import { Command } from 'commander'
import { UsageError } from '../base/errors.ts'
import { printLine } from '../descriptors/standard.ts'
import { EXIT } from '../process/exit.ts'
import { dataOption } from '../shared/data-options.ts'
import { printJson } from '../terminal/print.ts'
import { table } from '../terminal/table.ts'

interface Flags {
  data: DataFolder
  region?: string
  resume?: boolean
  json?: boolean
}

export function rotateDomainCommand(): Command {
  return new Command('rotate-domain')
    .summary('replace the key above everything that is stored of a Region')
    .description(
      'Makes a new key for a Region, or for what belongs to none (--region global: accounts, identities, access keys), and\n' +
        'brings everything that is stored under it. Without --region, lists these keys. Servers may be running on the folder:\n' +
        'they use the new key at once. The old key is destroyed by a running server, once servers have run for seven days:\n' +
        'until then callers may have sessions and tokens that only the old key opens. Interrupted, a running server goes on,\n' +
        'or --resume does. Exit code 8 when rows that are not authentic keep the old key.',
    )
    .addOption(dataOption())
    .option('--region <region>', 'a Region, or global')
    .option('--resume', 'go on with a rotation that was interrupted, without making another key')
    .option('--json', 'print JSON')
    .action(rotate)
}

async function rotate({ data, region: domain, resume = false, json }: Flags): Promise<void> {
  const { operator } = await import('@keyhold/server')
  if (domain === undefined) {
    if (resume) throw new UsageError('--resume needs --region.')
    list(await operator.domains(data), json)
    return
  }
  const done = await operator.rotateDomain(data, { domain, resume })
  const sentence = [
    `Generation ${done.generation} of ${domain} seals. ${done.rows} rows were brought under it.`,
    ...(done.refused > 0
      ? [`${done.refused} rows are not authentic, and keep the old key: keyhold operator doctor.`]
      : []),
    ...done.retired.map(({ generation, remainingMs }) => `Generation ${generation} is destroyed ${when(remainingMs)}.`),
  ]
  if (json === true) printJson(done)
  else printLine(sentence.join('\n'))
  if (done.refused > 0) process.exitCode = EXIT.broken
}

function list(domains: readonly ListedDomain[], json: boolean | undefined): void {
  if (json === true) {
    printJson(domains)
    return
  }
  const rows = domains.map(({ domain, generation, madeMs, retired }) => [
    domain,
    String(generation),
    madeMs === undefined ? '' : new Date(madeMs).toISOString(),
    retired.map((one) => `${one.generation} ${when(one.remainingMs)}`).join('; '),
  ])
  printLine(table(['domain', 'generation', 'made', 'to be destroyed'], rows).trimEnd())
}

const HOUR_MS = 3_600_000

function when(remainingMs: number | undefined): string {
  if (remainingMs === undefined) return 'once a server has run long enough'
  return `once servers have run for ${Math.ceil(remainingMs / HOUR_MS)} more hours`
}
