import type { Readable } from 'node:stream'
import { Secret } from '@keyhold/protocol'
import { UsageError } from '../base/errors.ts'
import { printable } from './printable.ts'

/** A terminal that can be told not to show what is typed. */
export interface SecretTerminal {
  input: Readable & { isTTY?: boolean; setRawMode?: (raw: boolean) => unknown }
  /** Where to ask: standard error, as standard output may be piped. */
  output: { isTTY?: boolean; write(text: string): unknown }
}

const MAX_BYTES = 1024
const [ENTER, NEW_LINE, BACKSPACE, DELETE, INTERRUPT, END, ERASE] = [0x0d, 0x0a, 0x08, 0x7f, 0x03, 0x04, 0x15]

/**
 * Asks the person at a terminal for a secret, which is not shown while it is typed. `undefined` where there is no terminal: a
 * script is not asked.
 *
 * @throws UsageError when they end the input, or type more than 1,024 bytes.
 */
export async function askSecret(
  question: string,
  { input, output }: SecretTerminal = { input: process.stdin, output: process.stderr },
): Promise<Secret | undefined> {
  if (input.isTTY !== true || output.isTTY !== true || input.setRawMode === undefined) return undefined
  output.write(printable(question))
  input.setRawMode(true)
  try {
    return await typedLine(input)
  } finally {
    input.setRawMode(false)
    input.pause()
    output.write('\n')
  }
}

async function typedLine(input: Readable): Promise<Secret> {
  const typed = Buffer.alloc(MAX_BYTES)
  try {
    let length = 0
    for await (const chunk of input.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      for (const byte of chunk) {
        if (byte === ENTER || byte === NEW_LINE) return Secret.of(Uint8Array.from(typed.subarray(0, length)))
        if (byte === INTERRUPT || byte === END || length === MAX_BYTES) throw nothing()
        if (byte === BACKSPACE || byte === DELETE) length = shorter(typed, length)
        else if (byte === ERASE) length = 0
        else typed[length++] = byte
      }
      chunk.fill(0)
    }
    throw nothing()
  } finally {
    typed.fill(0)
  }
}

function nothing(): UsageError {
  return new UsageError('Nothing was given: everything is as it was.')
}

/** The length without the last character: in UTF-8 the bytes after its first are 10xxxxxx. */
function shorter(typed: Uint8Array, length: number): number {
  let end = Math.max(length - 1, 0)
  while (end > 0 && ((typed[end] ?? 0) & 0xc0) === 0x80) end--
  return end
}
