import type { AccessReport, DataFolder } from '@keyhold/server'
import { Command } from 'commander'
import { print } from '../descriptors/standard.ts'
import { dataOption } from '../shared/data-options.ts'
import { printJson } from '../terminal/print.ts'
import { printable } from '../terminal/printable.ts'
import { properties } from '../terminal/table.ts'
import { callLines } from './show-calls.ts'

export function accessExplainCommand(): Command {
  return new Command('explain')
    .summary('explain why a request was allowed or denied')
    .description(
      'Finds a request in the audit log and shows, layer by layer, what policies and grants say of it now: what came\n' +
        'nearest to allowing it, and the smallest change that would. Changes nothing and leaves no trace. The caller\n' +
        'who made the request learns nothing of this: tell them as much of it as you see fit.',
    )
    .argument('<request-id>', 'the id that the answer carried (x-amzn-RequestId); keyhold audit query shows it')
    .addOption(dataOption())
    .option('--json', 'print JSON')
    .action(explain)
}

async function explain(requestId: string, { data, json }: { data: DataFolder; json?: boolean }): Promise<void> {
  const { access, renderExplanation } = await import('@keyhold/server')
  const report = await access.explain(data, requestId)
  if (json === true) printJson(report)
  else print(header(report) + body(report, explanationsIn(report).map(renderExplanation)))
}

function header(report: AccessReport): string {
  const { requestId, time, operation, region, principal, renamed, sourceIp, error, decided, countedAs } = report
  // Of the same caller, operation, error and key; all sessions of a role are one caller.
  const alike = 'refused like this one, which was the first. Its encryption context and session may be others'
  const note = countedAs === undefined ? [] : [['Counted', `${countedAs}, ${alike}`]]
  return properties([
    ...(note as [string, string][]),
    ['Request', requestId],
    ['Time', time],
    ['Operation', `${operation} in ${region}`],
    ['Caller', `${principal}${renamed === undefined ? '' : `, now ${renamed},`} from ${sourceIp}`],
    ['Answer', error ? [error.code, error.message].filter((part) => part !== undefined).join(': ') : 'ok'],
    ['Decided', decided ? outcome(decided) : 'nothing: it failed before there was anything to decide'],
  ])
}

function outcome({ allowed, reason, sentence }: NonNullable<AccessReport['decided']>): string {
  return `${allowed ? 'allowed' : 'denied'}, ${reason}: ${sentence}`
}

/** What decides first, and what of the request is denied beside it. */
function explanationsIn({ now, alsoDenied = [] }: AccessReport): NonNullable<AccessReport['now']>[] {
  return now === undefined ? [] : [now, ...alsoDenied]
}

function body(report: AccessReport, explanations: readonly string[]): string {
  const lines = [
    ...verdictLines(report),
    ...explanations.flatMap((explanation) => ['', ...explanation.trimEnd().split('\n')]),
  ]
  return [...lines, ...callLines(report.calls)].map((line) => `${printable(line)}\n`).join('')
}

/** What is different now from what was decided then. */
function verdictLines({ decided, now, error, callerGone, cut }: AccessReport): string[] {
  if (decided === undefined) return []
  if (cut) return ['', `It cannot be decided again: the record lacks ${cutMembers(cut)}, too large to keep.`]
  if (callerGone) return ['', 'The caller has been deleted since: what it could do is not known any more.']
  if (now === undefined) return ['', 'What it was about is not known any more.']
  const isAllowed = now.decision.allowed
  if (isAllowed !== decided.allowed) {
    return ['', `Policies, grants or tags have changed since: now it would be ${isAllowed ? 'allowed' : 'denied'}.`]
  }
  const failedOtherwise = decided.allowed && error !== undefined
  return failedOtherwise ? ['', 'Policies allowed it; it failed for another reason, which the answer names.'] : []
}

function cutMembers(cut: NonNullable<AccessReport['cut']>): string {
  return cut.map(({ member, bytes, sha256 }) => `${member} (${bytes} bytes, SHA-256 ${sha256})`).join(', ')
}
