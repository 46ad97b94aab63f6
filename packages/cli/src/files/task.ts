import type { FileSource, FileTarget } from '@keyhold/client'
import { FileError, UsageError } from '../base/errors.ts'
import { boundPath } from '../shared/bound-path.ts'
import { messageFrom, openInput, requireNotTyped } from '../shared/input.ts'
import type { NamedSource } from '../shared/input.ts'
import { warnOfLeftovers } from './leftovers.ts'
import { NOWHERE, openOutput } from './output.ts'
import { requireNew, requireNotTheInput } from './overwriting.ts'
import type { Overwriting } from './overwriting.ts'

/** What is different between the commands that read or write messages. */
export interface Verb {
  name: 'encrypt' | 'decrypt' | 'verify' | 'rewrap'
  /** For the summary: so many files were this. */
  done: string
  reads: 'plaintext' | 'ciphertext'
  writes: 'plaintext' | 'ciphertext' | 'nothing'
  /** Whether a file that is named without an output is replaced. */
  inPlace?: boolean
}

/** One file to be dealt with. */
export interface Task {
  /** As people call it: `-` is standard input. */
  input: string
  /** As people call it: `-` is standard output. Absent where nothing is written. */
  output?: string
  /** Of the encrypted input. Present where files are bound to their place, as is the next. */
  boundInput?: string
  /** Of the encrypted output. */
  boundOutput?: string
  open(): Promise<OpenTask>
}

export interface OpenTask extends AsyncDisposable {
  source: FileSource
  target: FileTarget
  /** See EncryptFileOptions. */
  followLink: boolean
  /** See EncryptFileOptions. */
  mustBeNew?: boolean
  /** See EncryptFileOptions. */
  inPlace?: boolean
  /** Absent for what has no length beforehand. */
  bytes?: number
  /** To be called once the output is complete. */
  finish?(): Promise<void>
}

export const STANDARD_STREAM = '-'

/** The places of the encrypted files of a task, where there is a root that they are bound below. */
export function bindings(
  verb: Verb,
  root: string | undefined,
  { input, output }: Pick<Task, 'input' | 'output'>,
): Pick<Task, 'boundInput' | 'boundOutput'> {
  if (root === undefined) return {}
  const place = (path: string): string => {
    if (path !== STANDARD_STREAM) return boundPath(root, path)
    throw new UsageError('With --bind-path the encrypted file must be named: a standard stream has no path.')
  }
  return {
    ...(verb.reads === 'ciphertext' && { boundInput: place(input) }),
    ...(verb.writes === 'ciphertext' && output !== undefined && { boundOutput: place(output) }),
  }
}

/** A task on what was named on the command line; links are followed, as the user named them. */
export function namedTask(
  verb: Verb,
  name: string | undefined,
  flags: { output?: string; bindPath?: string } & Overwriting,
): Task {
  const input = name ?? STANDARD_STREAM
  const output = outputOf(verb, input, flags)
  const names = { input, ...(output !== undefined && { output }) }
  return {
    ...names,
    ...bindings(verb, flags.bindPath, names),
    open: () => openNamed(verb, { ...names, replaces: flags.output === undefined && output === input }, flags),
  }
}

function outputOf(
  { writes, inPlace }: Verb,
  input: string,
  { output, inPlace: isAsked }: { output?: string } & Overwriting,
): string | undefined {
  if (writes === 'nothing') return undefined
  return output ?? (inPlace === true || isAsked === true ? input : STANDARD_STREAM)
}

interface Names {
  input: string
  output?: string
  /** Whether no output was named, and the input is replaced. */
  replaces: boolean
}

/** A path stays one: only streams are looked at on their way. */
function messageSource(name: string, source: NamedSource): NamedSource {
  return typeof source === 'string' ? source : messageFrom(name, source)
}

async function openNamed(
  { reads, writes }: Verb,
  { input, output, replaces }: Names,
  flags: Overwriting,
): Promise<OpenTask> {
  if (reads === 'ciphertext') requireNotTyped(input)
  const opened = await openInput(input)
  const { bytes } = opened
  const source = reads === 'ciphertext' ? messageSource(input, opened.source) : opened.source
  if (replaces && input !== STANDARD_STREAM && bytes === undefined) {
    throw new FileError(`${JSON.stringify(input)} is no regular file, and cannot be replaced. Name an output with -o.`)
  }
  const size = bytes !== undefined && { bytes }
  if (output === undefined || writes === 'nothing') {
    return { source, target: NOWHERE, followLink: true, ...size, [Symbol.asyncDispose]: () => Promise.resolve() }
  }
  const { target, finish, close } = await openOutput(output, writes)
  const placing = typeof target === 'string' ? await placed(target, { input, replaces }, flags) : { followLink: true }
  return { source, target, ...placing, ...size, finish, [Symbol.asyncDispose]: close }
}

/** How a file takes its place, if it may. */
async function placed(
  target: string,
  { input, replaces }: Names,
  flags: Overwriting,
): Promise<Pick<OpenTask, 'followLink' | 'mustBeNew' | 'inPlace'>> {
  if (!replaces) await requireNotTheInput(input, target, flags)
  await requireNew(target, flags)
  await warnOfLeftovers({ beside: target })
  const inPlace = replaces || flags.inPlace === true
  return { followLink: true, mustBeNew: flags.clobber === false, ...(inPlace && { inPlace }) }
}
