import { fstatSync, realpathSync, statSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { descriptorAt } from '../descriptors/named.ts'
import { UsageError } from '../base/errors.ts'
import { STANDARD_STREAM } from './task.ts'
import type { Task } from './task.ts'

/** The flags that name files. */
export interface NamedFiles {
  metadataOutput?: string
  keyFile?: string
  fromKeyFile?: string
  publicKey?: string
  /** One to open, or several to encrypt under. */
  recoveryKey?: string | readonly string[]
  fromRecoveryKey?: string
}

/**
 * Requires that nothing is written over something else that the command was given: over a key, without which nothing
 * opens, or data over records. By whatever name: a path, a link, another hard link, a descriptor. An output may be its input, as
 * it takes its place once it is complete; but not where it is written to in place.
 *
 * @throws UsageError
 */
export async function requireApart(flags: NamedFiles, tasks: readonly Task[]): Promise<void> {
  const { metadataOutput } = flags
  const records = metadataOutput === undefined ? undefined : written(metadataOutput)
  const keys = new Map(keysOf(flags).flatMap((name) => pairOf(fileRead(name), name)))
  const inPlace = await writtenInPlace(tasks)
  requireNoKey(records, keys)
  if (records === undefined && keys.size === 0 && inPlace === undefined) return
  for (const task of tasks) {
    const input = fileRead(task.input)
    const output = task.output === undefined ? undefined : written(task.output)
    requireNoKey(output, keys)
    if (records !== undefined && (input === records || output === records)) throw dataIsTaken(metadataOutput!)
    if (inPlace !== undefined && input === inPlace) throw inputIsTaken(task.input)
  }
}

function pairOf(id: string | undefined, name: string): [string, string][] {
  return id === undefined ? [] : [[id, name]]
}

function requireNoKey(id: string | undefined, keys: ReadonlyMap<string, string>): void {
  const name = id === undefined ? undefined : keys.get(id)
  if (name === undefined) return
  throw new UsageError(
    `${JSON.stringify(name)} is a key that this command uses, and is not written over. Name another file.`,
  )
}

function keysOf({ keyFile, fromKeyFile, publicKey, recoveryKey = [], fromRecoveryKey }: NamedFiles): string[] {
  const names = [keyFile, fromKeyFile, publicKey, ...[recoveryKey].flat(), fromRecoveryKey]
  return names.filter((name): name is string => name !== undefined && name !== STANDARD_STREAM)
}

/** The file that the only task writes to where it lies, if it does: behind standard output, or another descriptor. */
async function writtenInPlace(tasks: readonly Task[]): Promise<string | undefined> {
  const [task, ...further] = tasks
  if (task?.output === undefined || further.length > 0) return undefined
  const descriptor = task.output === STANDARD_STREAM ? 1 : await descriptorAt(task.output)
  const status = descriptor === undefined ? undefined : attempt(() => fstatSync(descriptor))
  return status?.isFile() ? idOf(status) : undefined
}

/** The same for all names of one file. None for what is read and is no file: a socket may be input and output at once. */
function fileRead(name: string): string | undefined {
  const status = statusOf(name, 0)
  return status?.isFile() ? idOf(status) : undefined
}

/** The same for all names of what is written to. None for devices, which keep nothing. */
function written(name: string): string | undefined {
  const status = statusOf(name, 1)
  if (status === undefined) return futurePath(name)
  const isDevice = status.isCharacterDevice() || status.isBlockDevice()
  if (isDevice) return name === STANDARD_STREAM ? name : undefined
  return idOf(status)
}

function statusOf(name: string, standard: 0 | 1): Stats | undefined {
  return attempt(() => (name === STANDARD_STREAM ? fstatSync(standard) : statSync(name)))
}

/** Where what is not there yet will be. */
function futurePath(name: string): string {
  const path = resolve(name)
  return attempt(() => join(realpathSync(dirname(path)), basename(path))) ?? path
}

function idOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`
}

function attempt<T>(look: () => T): T | undefined {
  try {
    return look()
  } catch {
    return undefined
  }
}

function inputIsTaken(name: string): UsageError {
  const what = name === STANDARD_STREAM ? 'Standard input' : JSON.stringify(name)
  return new UsageError(`${what} is the file that the output is written to. Name another one with -o.`)
}

function dataIsTaken(metadata: string): UsageError {
  const what = metadata === STANDARD_STREAM ? 'Standard output' : JSON.stringify(metadata)
  return new UsageError(`${what} is taken by the data itself. Name another file with --metadata-output.`)
}
