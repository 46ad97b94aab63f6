import { stat } from 'node:fs/promises'
import type { FileTarget, Sink } from '@keyhold/client'
import { FileError, UsageError } from '../base/errors.ts'
import { descriptorAt } from '../descriptors/named.ts'
import { standardOutput } from '../descriptors/standard.ts'
import { Writer } from '../descriptors/writer.ts'

/** Where the output goes. `close` is called once, whatever happened. */
export interface Output {
  target: FileTarget
  /** Called when all has been written: rejects if not all of it arrived. */
  finish(): Promise<void>
  close(): Promise<void>
}

const nothing = (): Promise<void> => Promise.resolve()

/** Takes everything and keeps nothing. */
export const NOWHERE: Sink = Object.freeze({ write: nothing })

/**
 * A file by its name; standard output for `-`; an open file for the name of a descriptor. What exists and is no file, a pipe
 * or a device, is written to: replacing it would destroy it.
 */
export async function openOutput(name: string, content: 'ciphertext' | 'plaintext'): Promise<Output> {
  const descriptor = name === '-' ? 1 : await descriptorAt(name)
  if (descriptor === 1) return outputTo(standardOutput(), content, nothing)
  if (descriptor !== undefined) return outputTo(new Writer(descriptor, JSON.stringify(name)), content, nothing) // its owner closes it
  const existing = await stat(name).catch(() => undefined)
  if (existing?.isDirectory()) throw new FileError(`${JSON.stringify(name)} is a folder. Name a file in it with -o.`)
  if (existing === undefined || existing.isFile()) return { target: name, finish: nothing, close: nothing }
  if (existing.isSocket()) throw new FileError(`${JSON.stringify(name)} is a socket, which is no file to write to.`)
  const writer = await Writer.open(name, existing.isFIFO())
  return outputTo(writer, content, () => writer.close())
}

function outputTo(writer: Writer, content: 'ciphertext' | 'plaintext', close: () => Promise<void>): Output {
  const finish = (): Promise<void> => writer.finish()
  if (writer.kind !== 'terminal') return { target: sinkOf(writer), finish, close }
  if (content === 'plaintext') return { target: textOnly(sinkOf(writer)), finish, close }
  throw new UsageError('The output is a terminal, and the message is binary. Name a file with -o, or pipe it on.')
}

/** Waits until the system has the pieces, and uses them up: memory stays constant however slow the reader is. */
export function sinkOf(writer: Pick<Writer, 'write'>): Sink {
  return {
    async write(pieces) {
      await writer.write(pieces)
      for (const piece of pieces) free(piece)
    },
  }
}

/** What a terminal obeys instead of showing it; tab, line feed and carriage return excepted. */
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/

/** For a terminal: text passes, anything that could be a command to it is refused. */
export function textOnly(sink: Sink): Sink {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  return {
    async write(pieces) {
      for (const piece of pieces) if (!isText(decoder, piece)) throw binary()
      await sink.write(pieces)
    },
  }
}

function isText(decoder: TextDecoder, piece: Uint8Array): boolean {
  try {
    return !CONTROL.test(decoder.decode(piece, { stream: true }))
  } catch {
    return false
  }
}

function binary(): UsageError {
  return new UsageError('The output is a terminal, and the plaintext is not text. Name a file with -o, or pipe it on.')
}

/**
 * Gives back the memory of bytes that are no longer needed. Left to the garbage collector, which sees only the small
 * objects around them, some 100 MiB gather while a stream runs. A part of a pool that others share is left alone.
 */
export function free(bytes: Uint8Array): void {
  const { buffer } = bytes
  const isAlone = bytes.length > 0 && bytes.length === buffer.byteLength
  if (isAlone && buffer instanceof ArrayBuffer) buffer.transfer(0)
}
