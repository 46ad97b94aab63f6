import { print } from '../descriptors/standard.ts'
import { printable } from './printable.ts'

const INDENT = 2

/** JSON for programs, fit for a terminal too: JSON itself leaves DEL, C1 controls and marks that reverse text as they are. */
export function toJson(value: unknown): string {
  const lines = JSON.stringify(value, undefined, INDENT).split('\n')
  return lines.map(printable).join('\n')
}

/** The same on one line, for output that has many of them. */
export function toJsonLine(value: unknown): string {
  return printable(JSON.stringify(value))
}

/** Writes it to standard output, with nothing else on it. */
export function printJson(value: unknown): void {
  print(`${toJson(value)}\n`)
}

/** What was done: a sentence for people, or the same as JSON. */
export function printDone(json: boolean | undefined, sentence: string, value: object): void {
  if (json === true) printJson(value)
  else print(`${printable(sentence)}\n`)
}
