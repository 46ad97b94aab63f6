import type { MessageHeader } from '@keyhold/client'
import { open, stat } from 'node:fs/promises'
import { OutputGone } from '../descriptors/failures.ts'
import { descriptorAt, isFileDescriptor } from '../descriptors/named.ts'
import { standardOutput } from '../descriptors/standard.ts'
import { Writer } from '../descriptors/writer.ts'
import type { Failure } from '../process/exit.ts'
import { toJsonLine } from '../terminal/print.ts'
import { headerFacts } from './header-facts.ts'

/** What is told about one file that a command has dealt with. */
export interface FileRecord {
  command: string
  input: string
  /** Absent where nothing is written. */
  output?: string
  /** Of the encrypted file, where it is bound to it. */
  boundPath?: string
}

/** Takes a line of JSON for each file. */
export interface MetadataLog extends AsyncDisposable {
  done(record: FileRecord, header: MessageHeader): Promise<void>
  failed(record: FileRecord, failure: Failure): Promise<void>
  /** Whether its reader has gone away. */
  isGone(): boolean
}

export interface MetadataFlags {
  metadataOutput?: string
  overwriteMetadata?: boolean
}

/**
 * Opens the file, pipe or device that `--metadata-output` names, or standard output for `-`. Without the flag nothing is written.
 */
export async function openMetadata({ metadataOutput, overwriteMetadata }: MetadataFlags): Promise<MetadataLog> {
  if (metadataOutput === undefined) return logTo(() => Promise.resolve())
  const descriptor = metadataOutput === '-' ? 1 : await descriptorAt(metadataOutput)
  if (descriptor === 1 || (descriptor !== undefined && isFileDescriptor(descriptor))) {
    const writer = descriptor === 1 ? standardOutput() : new Writer(descriptor, JSON.stringify(metadataOutput))
    return logTo((line) => writer.write([Buffer.from(line)]))
  }
  const existing = await stat(metadataOutput).catch(() => undefined)
  if (existing !== undefined && !existing.isFile()) {
    // A thread that opened a pipe without a reader could not be stopped.
    const writer = await Writer.open(metadataOutput, existing.isFIFO())
    return logTo(
      (line) => writer.write([Buffer.from(line)]),
      () => writer.close(),
    )
  }
  const file = await open(metadataOutput, overwriteMetadata === true ? 'w' : 'a', PRIVATE)
  return logTo(
    (line) => file.appendFile(line),
    () => file.close(),
  )
}

const PRIVATE = 0o600

function logTo(write: (line: string) => Promise<void>, close = (): Promise<void> => Promise.resolve()): MetadataLog {
  let writing = Promise.resolve()
  let isGone = false
  const append = (value: object): Promise<void> => {
    writing = writing.then(() => write(`${toJsonLine(value)}\n`))
    writing.catch((error: unknown) => (isGone ||= error instanceof OutputGone))
    return writing
  }
  return {
    done: async (record, header) => append({ ...record, header: await headerFacts(header) }),
    failed: (record, { exitCode, message }) => append({ ...record, error: { exitCode, message } }),
    isGone: () => isGone,
    [Symbol.asyncDispose]: async () => {
      await writing.catch(() => undefined) // the write itself rejected
      await close()
    },
  }
}
