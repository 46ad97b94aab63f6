import { stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { FileSource } from '@keyhold/client'
import { descriptorAt } from '../descriptors/named.ts'
import { readPath } from '../descriptors/reader.ts'
import { isTerminal, standardInput } from '../descriptors/standard.ts'
import { FileError, UsageError } from '../base/errors.ts'

/** A path, or the bytes themselves. */
export type NamedSource = Exclude<FileSource, FileHandle>

export interface Input {
  source: NamedSource
  /** Absent for what has no length beforehand. */
  bytes?: number
}

const FOLDER_NEXT = 'Name a file. With --recursive some commands go through the files of a folder.'

/** A file by its name; standard input for none, and for `-`. */
export async function openInput(name: string | undefined): Promise<Input> {
  if (name === undefined || name === '-') return { source: standardInput() }
  await descriptorAt(name) // refuses one of Node's own, which would never end
  const file = await stat(name)
  if (file.isDirectory()) throw new FileError(`${JSON.stringify(name)} is a folder. ${FOLDER_NEXT}`)
  return file.isFile() ? { source: name, bytes: file.size } : { source: readPath(name, file.isFIFO()) }
}

/** An encrypted message is never typed. */
export function requireNotTyped(name: string | undefined): void {
  const isTyped = (name === undefined || name === '-') && isTerminal(0)
  if (isTyped) throw new UsageError('Standard input is a terminal. Name the encrypted file, or pipe it in.')
}

/**
 * The bytes of a message. If standard input has none, the command that was to write it most often failed. An empty input
 * of encrypt is valid: its message opens to nothing.
 *
 * @throws EnvelopeError TRUNCATED for an empty standard input.
 */
export async function* messageFrom(
  name: string | undefined,
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let isEmpty = true
  for await (const chunk of chunks) {
    if (chunk.length > 0) isEmpty = false
    yield chunk
  }
  if (!isEmpty || (name !== undefined && name !== '-')) return
  const { EnvelopeError } = await import('@keyhold/client')
  throw new EnvelopeError('TRUNCATED', 'Standard input is empty: there is no message in it.')
}

/** The bytes of an input, for a reader that needs only the first of them. */
export function chunksOf(source: NamedSource): AsyncIterable<Uint8Array> {
  return typeof source === 'string' ? readPath(source, false) : source
}

/** All the bytes of an input that is short: a file, or standard input for `-`. */
export async function readWhole(name: string, maxBytes: number, what: string): Promise<Uint8Array> {
  const { source } = await openInput(name)
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunksOf(source)) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new UsageError(`${JSON.stringify(name)} is too long for ${what}.`)
    chunks.push(new Uint8Array(chunk)) // a copy, as slice() of a Buffer is none
  }
  return Buffer.concat(chunks)
}
