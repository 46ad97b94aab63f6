import type { CloudTrailEvent } from '@keyhold/server'
import { Command } from 'commander'
import { printed, printLine } from '../descriptors/standard.ts'
import { dataOption } from '../serving/options.ts'
import { toJsonLine } from '../terminal/json.ts'
import { printable } from '../terminal/printable.ts'

interface QueryFlags {
  data: string
  key?: string
  event?: string
  requestId?: string
  json?: boolean
}

export function auditQueryCommand(): Command {
  return new Command('query')
    .summary('print audit records')
    .description(
      'Prints the audit records of a data folder, oldest first, one a line. A server may be running on the folder.\n' +
        'Reads only: use `keyhold audit verify` to learn whether the records are as they were written.',
    )
    .addOption(dataOption())
    .option('--key <key>', 'only records that name this key or alias: its id, ARN or alias/NAME')
    .option('--event <name>', 'only this operation, such as Decrypt')
    .option('--request-id <id>', 'only the record of this request')
    .option('--json', 'print CloudTrail events, one JSON object a line')
    .action(query)
}

async function query(flags: QueryFlags): Promise<void> {
  const { queryFolder } = await import('@keyhold/server')
  const render = flags.json === true ? (event: CloudTrailEvent) => toJsonLine(event) : summary
  for await (const event of queryFolder(flags.data, flags.event === undefined ? {} : { operation: flags.event })) {
    if (!matches(event, flags)) continue
    printLine(render(event))
    await printed() // a log may be longer than memory
  }
}

function matches(event: CloudTrailEvent, { key, requestId }: QueryFlags): boolean {
  if (requestId !== undefined && event['requestID'] !== requestId) return false
  return key === undefined || resourceArns(event).some((arn) => arn === key || names(arn, key))
}

/** Whether an ARN ends in this id or alias name: `…:key/ID` or `…:alias/NAME`. */
function names(arn: string, key: string): boolean {
  return arn.endsWith(`:key/${key}`) || (key.startsWith('alias/') && arn.endsWith(`:${key}`))
}

function resourceArns({ resources }: CloudTrailEvent): string[] {
  const listed = Array.isArray(resources) ? (resources as { ARN?: unknown }[]) : []
  return listed.map(({ ARN }) => ARN).filter((arn) => typeof arn === 'string')
}

function summary(event: CloudTrailEvent): string {
  const caller = event['userIdentity'] as { arn?: string; invokedBy?: string } | undefined
  const context = (event['requestParameters'] as { encryptionContext?: unknown } | null)?.encryptionContext
  const counted = (event['additionalEventData'] as { counted?: { count?: number } } | undefined)?.counted?.count
  const parts = [
    event['eventTime'],
    event['eventName'],
    event['errorCode'] ?? 'ok',
    caller?.arn ?? caller?.invokedBy ?? '-',
    resourceArns(event).join(',') || '-',
    context === undefined ? [] : `context=${JSON.stringify(context)}`,
    counted === undefined ? [] : `count=${counted}`,
    event['requestID'] ?? '-',
  ]
  return printable(parts.flat().join('  '))
}
