import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { UsageError } from '../usage-error.ts'
import { printable } from './printable.ts'

export interface Terminal {
  input: Readable & { isTTY?: boolean }
  /** Where to ask: standard error, as standard output may be piped. */
  output: Writable
}

/**
 * Asks whoever sits at a terminal. A script is not asked: nobody would answer.
 *
 * @throws UsageError for every answer but `yes`, and for none.
 */
export async function confirm(question: string, { input, output }: Terminal): Promise<void> {
  if (input.isTTY !== true) return
  output.write(`${printable(question)} Type yes to go on: `)
  if ((await firstLine(input))?.trim() !== 'yes') throw new UsageError('Not confirmed: everything is as it was.')
}

async function firstLine(input: Readable): Promise<string | undefined> {
  for await (const line of createInterface({ input, terminal: false })) return line
  return undefined
}
