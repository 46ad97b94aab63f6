import { open, stat } from 'node:fs/promises'
import type { FileTarget, Sink } from '@keyhold/client'
import { FileError } from '../file-error.ts'
import { UsageError } from '../usage-error.ts'
import { free } from './free.ts'

/** Where the output goes. `close` is called once, whatever happened. */
export interface Output {
  target: FileTarget
  close(): Promise<void>
}

const nothing = (): Promise<void> => Promise.resolve()

/** Takes everything and keeps nothing. */
export const NOWHERE: Sink = Object.freeze({ write: nothing })

/**
 * A file by its name; standard output for none, and for `-`. What exists and is no file, a pipe or a device, is written
 * to: replacing it would destroy it.
 */
export async function openOutput(name: string | undefined, content: 'ciphertext' | 'plaintext'): Promise<Output> {
  if (name === undefined || name === '-') return { target: standardOutput(content), close: nothing }
  const existing = await stat(name).catch(() => undefined)
  if (existing?.isDirectory()) throw new FileError(`${JSON.stringify(name)} is a folder. Name a file in it with -o.`)
  if (existing === undefined || existing.isFile()) return { target: name, close: nothing }
  const stream = (await open(name, 'w')).createWriteStream()
  return { target: streamSink(stream), close: () => new Promise((resolve) => stream.end(() => resolve())) }
}

function standardOutput(content: 'ciphertext' | 'plaintext'): Sink {
  if (!process.stdout.isTTY) return streamSink(process.stdout)
  if (content === 'plaintext') return textOnly(streamSink(process.stdout))
  throw new UsageError('Standard output is a terminal, and the message is binary. Name a file with -o, or pipe it on.')
}

/**
 * A stream into the system, which is waited for and uses up its pieces: memory stays constant however slow its reader
 * is, and a failure is thrown.
 */
export function streamSink(stream: NodeJS.WritableStream): Sink {
  let failure: Error | undefined
  stream.on('error', (error: Error) => void (failure ??= error))
  return {
    async write(pieces) {
      if (failure !== undefined) throw failure
      await Promise.all(pieces.map((piece) => writePiece(stream, piece)))
    },
  }
}

function writePiece(stream: NodeJS.WritableStream, piece: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(piece, (error?: Error | null) => {
      if (error) return reject(error)
      free(piece)
      resolve()
    })
  })
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
  return new UsageError(
    'Standard output is a terminal, and the plaintext is not text. Name a file with -o, or pipe it on.',
  )
}
