import type { ProposedCall } from '@keyhold/server'
import { toJsonLine } from '../terminal/print.ts'

/** The calls that make a change, as commands of the aws CLI: each can be pasted whole. */
export function callLines(calls: readonly ProposedCall[]): string[] {
  if (calls.length === 0) return []
  return ['', 'to make it', ...calls.flatMap(linesOf)]
}

function linesOf(call: ProposedCall): string[] {
  if ('byHand' in call) return [`  ${call.byHand}`, ...call.document.split('\n').map((line) => `    ${line}`)]
  return [`  aws ${call.service} ${kebab(call.operation)} --cli-input-json ${quoted(call.input)}`]
}

/** `PutKeyPolicy` as the CLI has it: `put-key-policy`. */
function kebab(operation: string): string {
  return operation.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase()
}

/** JSON in the quotes of a shell. What would end the quotes, or steer the terminal, JSON can say in other letters. */
function quoted(input: Record<string, unknown>): string {
  return `'${toJsonLine(input).replaceAll("'", String.raw`\u0027`)}'`
}
