import { print } from '../descriptors/standard.ts'
import { printJson } from './json.ts'
import { printable } from './printable.ts'

/** What was done: a sentence for people, or the same as JSON. */
export function printDone(json: boolean | undefined, sentence: string, value: object): void {
  if (json === true) printJson(value)
  else print(`${printable(sentence)}\n`)
}
