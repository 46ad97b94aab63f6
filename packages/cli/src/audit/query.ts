import { setTimeout as sleep } from 'node:timers/promises'
import type { AuditQuestion, CloudTrailEvent, QueryNotes } from '@keyhold/server'
import { Command, InvalidArgumentError } from 'commander'
import { parseTime } from '../shared/parse-time.ts'
import { printed, printLine, warn } from '../descriptors/standard.ts'
import { EXIT } from '../process/exit.ts'
import { dataOption } from '../shared/data-options.ts'
import { toJsonLine } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'

interface QueryFlags extends Omit<AuditQuestion, 'sinceMs' | 'untilMs'> {
  data: string
  since?: number
  until?: number
  follow?: boolean
  json?: boolean
}

const MOST_NEWEST = 100_000
/** How long a follower waits before it looks at the log again, in milliseconds. */
const PAUSE_MS = 500

export function auditQueryCommand(): Command {
  return new Command('query')
    .summary('print audit records')
    .description(
      'Prints the audit records of a data folder, oldest first, one a line. A server may be running on the folder.\n' +
        'Exit code 7 when no record at all is about the key that is named.\n' +
        'Reads only: use `keyhold audit verify` to learn whether the records are as they were written.',
    )
    .addOption(dataOption())
    .option('--key <key>', 'only about this key: its id or ARN; or about each key that an alias names or has named')
    .option('--event <name>', 'only this operation, such as Decrypt')
    .option('--principal <name>', 'only of this user, role or service: an ARN, unique id, name or access key id')
    .option('--request-id <id>', 'only the record of this request')
    .option('--since <time>', 'from then on: 12h ago, or a time as ISO 8601 has it', parseTime)
    .option('--until <time>', 'before then', parseTime)
    .option('--limit <count>', 'only the newest so many', parseLimit)
    .option('--follow', 'go on with new records, until the time of --until or until it is interrupted')
    .option('--json', 'print CloudTrail events, one JSON object a line')
    .action(query)
}

async function query({ data, since, until, follow, json, ...names }: QueryFlags): Promise<void> {
  const { queryFolder } = await import('@keyhold/server')
  const render = json === true ? (event: CloudTrailEvent) => toJsonLine(event) : summary
  const question = {
    ...names,
    ...(since !== undefined && { sinceMs: since }),
    ...(until !== undefined && { untilMs: until }),
  }
  const tell = (notes: QueryNotes): Promise<void> => tellNotes(notes, names)
  const following =
    follow === true
      ? { pause: () => sleep(Math.min(PAUSE_MS, Math.max(0, (until ?? Infinity) - Date.now()))), now: Date.now }
      : undefined
  for await (const event of queryFolder(data, question, tell, following)) {
    printLine(render(event))
    await printed() // a log may be longer than memory
  }
}

function parseLimit(text: string): number {
  const limit = Number(text)
  if (/^\d+$/.test(text) && limit >= 1 && limit <= MOST_NEWEST) return limit
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MOST_NEWEST}.`)
}

/** A name that nothing has is more likely a slip than an answer. */
async function tellNotes(
  { keys, unknown, incomplete }: QueryNotes,
  { key, event, principal }: AuditQuestion,
): Promise<void> {
  for (const stream of incomplete) {
    warn(`keyhold: Records are missing: a segment of stream ${stream} is gone. See keyhold audit verify.`)
  }
  if (keys.length > 1) warn(`keyhold: ${key} has named ${keys.length} keys: ${keys.join(', ')}.`)
  if (unknown.key) {
    warn(`keyhold: No record is about ${key}. Name a key by its id or ARN, or an alias as alias/NAME.`)
    process.exitCode = EXIT.keyUnusable
  }
  if (unknown.principal) warn(`keyhold: No record is of ${principal}.`)
  if (event === undefined || !unknown.event) return
  const { SERVICES } = await import('@keyhold/protocol')
  const operations = Object.values(SERVICES).flatMap(({ model }) => Object.keys(model.operations))
  const operation = operations.find((name) => name.toLowerCase() === event.toLowerCase())
  if (operation === event) return
  const meant = operation === undefined ? 'It is no operation of the service.' : `Its name is ${operation}.`
  warn(`keyhold: No record is of an event ${event}. ${meant}`)
  process.exitCode = EXIT.usage
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
