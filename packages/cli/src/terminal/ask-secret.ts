import type { Readable } from 'node:stream'
import { Secret } from '@keyhold/protocol'
import { UsageError } from '../base/errors.ts'
import { terminalInput, terminalOutput } from '../descriptors/standard.ts'
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
  terminal: SecretTerminal | undefined = ownTerminal(),
): Promise<Secret | undefined> {
  if (terminal === undefined) return undefined
  const { input, output } = terminal
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

function ownTerminal(): SecretTerminal | undefined {
  const [input, output] = [terminalInput(), terminalOutput(2)]
  return input && output && { input, output }
}

async function typedLine(input: Readable): Promise<Secret> {
  const typed = { bytes: Buffer.alloc(MAX_BYTES), length: 0 }
  try {
    for await (const chunk of input.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      const isWhole = chunk.some((byte) => take(byte, typed))
      chunk.fill(0)
      if (isWhole) return Secret.of(Uint8Array.from(typed.bytes.subarray(0, typed.length)))
    }
    throw nothing()
  } finally {
    typed.bytes.fill(0)
  }
}

/** Takes a byte that was typed. Returns whether it ended the line. */
function take(byte: number, typed: { bytes: Buffer; length: number }): boolean {
  if (byte === ENTER || byte === NEW_LINE) return true
  if (byte === INTERRUPT || byte === END || typed.length === MAX_BYTES) throw nothing()
  if (byte === BACKSPACE || byte === DELETE) typed.length = shorter(typed.bytes, typed.length)
  else if (byte === ERASE) typed.length = 0
  else typed.bytes[typed.length++] = byte
  return false
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
