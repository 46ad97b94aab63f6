import type { AuditProblem, AuditReport, DataFolder } from '@keyhold/server'
import { Command } from 'commander'
import { printLine } from '../descriptors/standard.ts'
import { EXIT } from '../process/exit.ts'
import { readText } from '../shared/read-text.ts'
import { dataOption } from '../shared/data-options.ts'
import { toJson } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { table } from '../terminal/table.ts'

export function auditVerifyCommand(): Command {
  return new Command('verify')
    .summary('check that no audit record was changed or taken away')
    .description(
      'Checks every audit record of a data folder against the signed heads and the database. A server may be running\n' +
        'on the folder. Exit code 8 when anything was edited, reordered, removed or cut off.\n' +
        'What an operator accepted as lost is printed and changes no exit code.\n' +
        'With --since the log must extend a head that `keyhold audit head` printed earlier: this alone finds a folder\n' +
        'that was put back whole.',
    )
    .addOption(dataOption())
    .option('--since <head>', 'a head that was kept elsewhere: its file, or its text')
    .option('--json', 'print the report as JSON')
    .action(async ({ data, json, since }: { data: DataFolder; json?: boolean; since?: string }) => {
      const { verifyFolder } = await import('@keyhold/server')
      const report = await verifyFolder(data, since === undefined ? undefined : await headIn(since))
      printLine(json === true ? toJson(report) : describeReport(report))
      if (report.problems.length > 0) process.exitCode = EXIT.broken
    })
}

/** Many times what a head with a line for each stream has. */
const MAX_HEAD_BYTES = 2 ** 20

/** A head has several lines, the name of a file one. */
function headIn(given: string): Promise<string> | string {
  return given.includes('\n') ? given : readText(given, MAX_HEAD_BYTES, 'a head of an audit log')
}

/** The report for people. */
export function describeReport(report: AuditReport): string {
  const rows = report.streams.map(({ stream, kind, records, unvouched, ended }) => [
    stream,
    kind,
    String(records),
    String(unvouched),
    ended ? 'complete' : 'open',
  ])
  const streams = table(['stream', 'kind', 'records', 'unvouched', 'end'], rows)
  const { accepted, problems } = report
  const losses = accepted.length === 0 ? [] : [`An operator accepted as lost, ${accepted.length} times:`]
  losses.push(...accepted.map(problemLine))
  return [streams, summary(report), ...problems.map(problemLine), ...losses].join('\n')
}

function summary({ streams, records, unvouched, problems, accepted }: AuditReport): string {
  const counted =
    `${records} records in ${streams.length} streams are vouched for by signed heads; ` +
    `${unvouched} complete records after the last head are not.`
  if (problems.length === 0)
    return `${counted}\nThe audit log is sound${accepted.length > 0 ? ', but for what was accepted' : ''}.`
  return `${counted}\nThe audit log is NOT sound: keep a copy of the folder as it is. ${problems.length} problems:`
}

function problemLine({ kind, stream, segment, offset, message }: AuditProblem): string {
  const place = [
    stream,
    segment === undefined ? [] : `segment ${segment}`,
    offset === undefined ? [] : `byte ${offset}`,
  ]
  return `  ${kind}: ${printable(message)} (${place.flat().join(', ')})`
}
