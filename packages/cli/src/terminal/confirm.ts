import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { UsageError } from '../base/errors.ts'
import { printable } from './printable.ts'

export interface Terminal {
  input: Readable & { isTTY?: boolean }
  /** Where to ask: standard error, as standard output may be piped. */
  output: { write(text: string): unknown }
}

/**
 * Asks the person at a terminal. A script is not asked: it could not answer.
 *
 * @throws UsageError for every answer but `yes`, and for none.
 */
export async function confirm(question: string, { input, output }: Terminal): Promise<void> {
  if (input.isTTY !== true) return
  output.write(`${printable(question)} Type yes to go on: `)
  if ((await firstLine(input))?.trim() !== 'yes') throw new UsageError('Not confirmed: everything is as it was.')
}

/** Waits until the person at a terminal presses Enter. @throws UsageError when the terminal is closed instead. */
export async function pressed(prompt: string, { input, output }: Terminal): Promise<void> {
  output.write(prompt)
  if ((await firstLine(input)) === undefined) throw new UsageError('The terminal was closed.')
}

/** Nothing when the input ends first. The listeners go with the answer: a terminal that is listened to keeps us running. */
function firstLine(input: Readable): Promise<string | undefined> {
  const lines = createInterface({ input, terminal: false })
  return new Promise((resolve) => {
    lines.once('close', () => resolve(undefined))
    lines.once('line', (line) => {
      resolve(line)
      lines.close()
    })
  })
}
