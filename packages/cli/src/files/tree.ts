import { lstat, mkdir, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { FileError, UsageError } from '../base/errors.ts'
import { foldsNames, requireNoCollision } from './collisions.ts'
import { excludesOf } from './exclude.ts'
import { HeldFolder, timesOf } from './held-folder.ts'
import { warnOfLeftovers } from './leftovers.ts'
import { mirrorFolders } from './mirror-folders.ts'
import type { FoundFolder } from './mirror-folders.ts'
import { NOWHERE } from './output.ts'
import { requireNew } from './overwriting.ts'
import type { Overwriting } from './overwriting.ts'
import { isWithin } from '../shared/paths.ts'
import type { Work } from './run-all.ts'
import { bindings } from './task.ts'
import type { OpenTask, Task, Verb } from './task.ts'
import { walk } from './walk.ts'
import type { Found } from './walk.ts'

export interface TreeFlags extends Overwriting {
  output?: string
  suffix: string
  bindPath?: string
  /** Whether the files' sizes are added up, which takes a look at each of them. */
  measures?: boolean
  /** Patterns of what is left out. */
  exclude?: readonly string[]
  /** Whether files whose output is there already are left out. */
  skipExisting?: boolean
}

/** What there is to do in a folder. Holds the folders open until it is disposed of. */
export type Tree = Work & AsyncDisposable

/** The folders that names are looked up in: one twice where files are replaced in their place. */
interface Roots {
  input: HeldFolder
  output: HeldFolder | undefined
  /** The output folders that were looked through for what a killed run has left there. */
  searched: Set<string>
  flags: Overwriting
}

const PRIVATE = 0o700

/**
 * Plans the work on every file of a folder: what is encrypted gets the suffix, and what is decrypted loses it. All names come
 * from the file system, none from a message. Nothing is written yet but the output folder itself.
 *
 * @throws UsageError for folders that lie within each other, for two files that would get one name, and where messages are
 *   to be read and there are none.
 */
export async function planTree(verb: Verb, name: string, flags: TreeFlags, signal: AbortSignal): Promise<Tree> {
  requireSuffix(flags.suffix)
  await using stack = new AsyncDisposableStack()
  const input = stack.use(await HeldFolder.open(resolve(name)))
  const output = flags.output === undefined ? undefined : stack.use(await openOutputFolder(name, flags.output))
  const to = verb.inPlace === true ? (output ?? input) : output
  const roots = { input, output: to, searched: new Set<string>(), flags }
  const { tasks, skipped, folders, leftOut, bytes } = await gather(verb, roots, { ...flags, name }, signal)
  if (verb.reads === 'ciphertext' && tasks.length + leftOut.existing === 0) throw nothingIn(name, flags.suffix)
  if (output !== undefined) {
    const paths = tasks.flatMap((task) => task.output ?? [])
    await requireNoCollision(paths, () => foldsNames(output.at('')))
  }
  const held = stack.move()
  return {
    verb,
    tasks,
    skipped,
    leftOut,
    ...(output !== undefined && { finish: () => mirrorFolders(output, flags.output!, folders) }),
    ...(flags.measures === true && { bytes }),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

interface Gathered {
  tasks: Task[]
  skipped: { path: string; reason: string }[]
  folders: FoundFolder[]
  leftOut: { existing: number; excluded: number }
  bytes: number
}

async function gather(
  verb: Verb,
  roots: Roots,
  flags: TreeFlags & { name: string },
  signal: AbortSignal,
): Promise<Gathered> {
  const gathered: Gathered = { tasks: [], skipped: [], folders: [], leftOut: { existing: 0, excluded: 0 }, bytes: 0 }
  const { tasks, skipped, folders, leftOut } = gathered
  const { name, measures = false, exclude = [], skipExisting = false } = flags
  for await (const found of walk(roots.input, { measures, excludes: excludesOf(exclude) })) {
    signal.throwIfAborted()
    const outcome = planned(verb, found, flags.suffix)
    const path = join(name, ...found.path)
    if (outcome.kind === 'skipped') skipped.push({ path, reason: outcome.reason })
    else if (outcome.kind === 'failed') tasks.push(failing(path, outcome.error))
    else if (outcome.kind === 'folder') folders.push(outcome)
    else if (outcome.kind === 'excluded') leftOut.excluded += 1
    else if (skipExisting && (await isThere(roots.output, outcome))) leftOut.existing += 1
    else {
      gathered.bytes += outcome.bytes
      tasks.push(treeTask(verb, roots, { ...flags, input: name }, outcome))
    }
  }
  return gathered
}

/** What is there is complete: an output appears under its name only then. */
async function isThere(
  output: HeldFolder | undefined,
  { path, outputName }: { path: readonly string[]; outputName: string },
): Promise<boolean> {
  return output !== undefined && output.has([...path.slice(0, -1), outputName])
}

/** A check of backups must say so when it found none. */
function nothingIn(name: string, suffix: string): UsageError {
  const what = suffix === '' ? 'has no file' : `has no file whose name ends in ${JSON.stringify(suffix)}`
  return new UsageError(`${JSON.stringify(name)} ${what}.`)
}

/** It becomes part of names: it must not lead anywhere. */
function requireSuffix(suffix: string): void {
  if (/[/\\\0]/.test(suffix))
    throw new UsageError(`A suffix cannot have a slash or a NUL in it: ${JSON.stringify(suffix)}.`)
}

async function openOutputFolder(input: string, output: string): Promise<HeldFolder> {
  const [from, to] = [await realpath(input), await eventualPath(output)]
  if (isWithin(from, to) || isWithin(to, from)) {
    const names = `${JSON.stringify(input)} and ${JSON.stringify(output)}`
    throw new UsageError(`${names} lie one within the other. Name an output folder apart from the input with -o.`)
  }
  await mkdir(output, { recursive: true, mode: PRIVATE })
  return HeldFolder.open(resolve(output))
}

/** Where a path leads, or will lead once it is there. */
async function eventualPath(path: string): Promise<string> {
  const absolute = resolve(path)
  try {
    return await realpath(absolute)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(absolute) === absolute) throw error
    return join(await eventualPath(dirname(absolute)), basename(absolute))
  }
}

type Planned = Exclude<Found, { kind: 'file' }> | (Extract<Found, { kind: 'file' }> & { outputName: string })

function planned({ reads, writes }: Verb, found: Found, suffix: string): Planned {
  if (found.kind !== 'file') return found
  const name = found.path.at(-1)!
  if (reads === 'plaintext') return { ...found, outputName: `${name}${suffix}` }
  const stem = withoutSuffix(name, suffix)
  if (stem !== undefined) return { ...found, outputName: writes === 'plaintext' ? stem : name }
  return { kind: 'skipped', path: found.path, reason: `its name is not one that ends in ${JSON.stringify(suffix)}` }
}

/** What is left must be a name, and none that leads elsewhere. */
function withoutSuffix(name: string, suffix: string): string | undefined {
  const stem = name.slice(0, name.length - suffix.length)
  return name.endsWith(suffix) && !['', '.', '..'].includes(stem) ? stem : undefined
}

function failing(input: string, error: unknown): Task {
  return { input, open: () => Promise.reject(error) }
}

function treeTask(
  verb: Verb,
  roots: Roots,
  { input, output = input, bindPath }: { input: string; output?: string; bindPath?: string },
  { path, outputName }: { path: readonly string[]; outputName: string },
): Task {
  const folders = path.slice(0, -1)
  const names = {
    input: join(input, ...path),
    ...(roots.output !== undefined && { output: join(output, ...folders, outputName) }),
  }
  return {
    ...names,
    ...bindings(verb, bindPath, names),
    open: () => openInTree(roots, { folders, inputName: path.at(-1)!, outputName, folder: join(output, ...folders) }),
  }
}

interface TreeFile {
  /** The names on the way to it. */
  folders: readonly string[]
  inputName: string
  outputName: string
  /** The folder that it is written to, as people call it. */
  folder: string
}

/** A link is neither followed, as someone else may have put it there, nor made a file of. */
async function requireReplaceable(path: string, flags: Overwriting): Promise<void> {
  await requireNew(path, flags)
  const isLink = await lstat(path).then(
    (found) => found.isSymbolicLink(),
    () => false,
  )
  if (isLink) throw new FileError(`${JSON.stringify(path)} is a symbolic link. It is neither followed nor replaced.`)
}

/** Both files are looked up in folders that are held open, so that the paths cannot be redirected meanwhile. */
async function openInTree(
  { input, output, searched, flags }: Roots,
  { folders, inputName, outputName, folder }: TreeFile,
): Promise<OpenTask> {
  await using stack = new AsyncDisposableStack()
  const from = stack.use(await input.descend(folders))
  const source = stack.use(await from.openFile(inputName))
  const status = await source.stat()
  const to = output === undefined ? undefined : stack.use(await output.descend(folders, { make: true }))
  if (to !== undefined) await requireReplaceable(to.at(outputName), flags)
  if (to !== undefined && !searched.has(folder)) {
    searched.add(folder)
    await warnOfLeftovers({ folder: to.at(''), name: folder })
  }
  const held = stack.move()
  return {
    source,
    target: to?.at(outputName) ?? NOWHERE,
    followLink: false,
    mustBeNew: flags.clobber === false,
    ...(output === input && { inPlace: true }),
    bytes: status.size,
    // A file that is replaced in its place keeps what the client keeps of it.
    ...(to !== undefined && output !== input && { finish: () => to.setTimesOf(outputName, timesOf(status)) }),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}
