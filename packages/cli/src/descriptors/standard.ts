// The standard streams. Only the code in this folder touches descriptors 0, 1 and 2: Node's own streams take a block device
// or a folder for an empty file, and throw away what is written to it.
import { fstatSync, readFileSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { FileError } from '../base/errors.ts'
import { readDescriptor } from './reader.ts'
import { Writer } from './writer.ts'

/** The bytes of standard input. @throws FileError for a folder, and where it is closed. */
export function standardInput(): AsyncGenerator<Uint8Array> {
  requireOpen()
  return readDescriptor(0, 'standard input')
}

const writers = new Map<1 | 2, Writer>()

/** Standard output, for data. */
export function standardOutput(): Writer {
  return writerOf(1)
}

function writerOf(descriptor: 1 | 2): Writer {
  let writer = writers.get(descriptor)
  if (writer === undefined) {
    const name = descriptor === 1 ? 'standard output' : 'standard error'
    writer = new Writer(descriptor, name, { waitsOn: descriptor === 2 })
    writers.set(descriptor, writer)
  }
  return writer
}

export function isTerminal(descriptor: 0 | 1 | 2): boolean {
  return isatty(descriptor)
}

/** The terminal that standard input is. */
export function terminalInput(): NodeJS.ReadStream | undefined {
  return isatty(0) ? process.stdin : undefined
}

/** The terminal that standard output or standard error is. */
export function terminalOutput(descriptor: 1 | 2): NodeJS.WriteStream | undefined {
  if (!isatty(descriptor)) return undefined
  const stream = descriptor === 1 ? process.stdout : process.stderr
  // A terminal that is closed fails what is written to it; the signal that comes with it says so, too.
  if (!stream.listeners('error').includes(ignore)) stream.on('error', ignore)
  return stream
}

function ignore(): void {}

let printing: Promise<void> = Promise.resolve()
let failure: Error | undefined

/** Writes text to standard output, in order. Whether that worked, {@link printed} says. */
export function print(text: string): void {
  printing = printing.then(() => writeText(1, text)).catch((error: Error) => void (failure ??= error))
}

/** Writes a line to standard output. */
export function printLine(line: string): void {
  print(`${line}\n`)
}

/** Standard error, which takes text in order with what is printed. If that fails, there is no other place to report it. */
export const standardError = {
  write(text: string): void {
    printing = printing.then(() => writeText(2, text)).catch(ignore)
  },
}

/** Writes a line to standard error. */
export function warn(line: string): void {
  standardError.write(`${line}\n`)
}

/** Says a line while the process exits, when nothing can be waited for any more. What is not read at once may be lost. */
export function warnAtExit(line: string): void {
  try {
    writeSync(2, `${line}\n`)
  } catch {
    // Closed, or full.
  }
}

async function writeText(descriptor: 1 | 2, text: string): Promise<void> {
  await writerOf(descriptor).write([Buffer.from(text)])
}

/** Returns once all has been printed. Long outputs wait for it, so that what their reader has not taken yet stays short. */
export async function printed(): Promise<void> {
  await printing
  if (failure !== undefined) throw failure
}

/** `mem`, 3: /dev/null on Linux. */
const NULL_DEVICE = 0x1_03
const ACCESS_MODE = 0o3
const READ_AND_WRITE = 0o2

/**
 * Node opens /dev/null, for reading and writing, in the place of a standard stream that is closed. As input it is refused: an
 * encryption of it would succeed, and hold nothing. A shell's `< /dev/null` only reads. As output it cannot be told from the
 * /dev/null that other programs open so on purpose.
 */
function requireOpen(): void {
  if (process.platform !== 'linux' || fstatSync(0).rdev !== NULL_DEVICE) return
  const flags = /^flags:\s*([0-7]+)$/m.exec(readIfThere('/proc/self/fdinfo/0'))?.[1] ?? '0'
  if ((Number.parseInt(flags, 8) & ACCESS_MODE) === READ_AND_WRITE) throw new FileError('Standard input is closed.')
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
