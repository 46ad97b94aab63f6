import { chmod, open, readdir, realpath, rename, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { makeFolder, syncFolder } from '../../platform/durable-folder.ts'
import type { Foreseen } from '../../platform/foreseen.ts'
import { readSmallFile } from '../../platform/small-file.ts'
import type { RootPlace } from '../root/providers.ts'
import { waysFolder } from '../root/ways/folder.ts'

/** The content of `keyhold.json` in a data folder. */
export interface Manifest {
  format: typeof FORMAT
  /** The command that created the folder. `dev` does not verify credentials, so the two never share a folder. */
  mode: 'serve' | 'dev'
  /**
   * Which root of trust opens it. Its ways are in the folder; earlier builds named a file that contains the root, and others
   * like it.
   */
  root: { id: string; file?: string; others?: readonly RootPlace[] }
  /** Where its rows are; in SQLite unless it says so. */
  store?: { kind: StoreKind }
}

/** The kinds of stores that there are (open-store.ts). */
const STORE_KINDS = ['sqlite'] as const
export type StoreKind = (typeof STORE_KINDS)[number]

/** A folder that this command must not use. The message says what to do instead. */
export class DataFolderError extends Error implements Foreseen {
  override name = 'DataFolderError'
  readonly isForeseen = true
}

const FORMAT = 1
const NAME = 'keyhold.json'
/** Many times the size of a manifest. */
const MAX_BYTES = 64 * 1024
/** The permissions of all users except the owner. */
const OTHERS = 0o077

/** The paths in a data folder. */
export function dataPaths(
  folder: string,
): Readonly<Record<'database' | 'audit' | 'reserve' | 'root' | 'checkpoint', string>> {
  return {
    database: join(folder, 'keyhold.db'),
    audit: join(folder, 'audit'),
    reserve: join(folder, 'reserve'),
    root: waysFolder(folder),
    checkpoint: join(folder, 'checkpoint'),
  }
}

/** Returns whether the folder is empty or does not exist. */
export async function isEmptyFolder(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  return names.length === 0
}

/** Resolves a path that need not exist, with all symbolic links on the way. */
export async function realPlace(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    const parent = dirname(path)
    if (parent === path || !isMissing(error)) throw error
    return join(await realPlace(parent), basename(path))
  }
}

/**
 * Throws {@link DataFolderError} if other users can read or write the folder or its content, or if another user owns
 * it. Names, policies and encryption contexts are not sealed, and users with write access can destroy data.
 */
async function checkPrivate(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const { database, audit, root } = dataPaths(folder)
  for (const path of [folder, join(folder, NAME), database, audit, root]) {
    const status = await stat(path).catch((error: unknown) => {
      if (isMissing(error)) return undefined
      throw error
    })
    if (status === undefined) continue
    if ((status.mode & OTHERS) !== 0) throw tooOpen(folder, path, status.mode)
    if (status.uid !== process.getuid?.()) throw ofAnother(path, status.uid)
  }
}

function tooOpen(folder: string, path: string, mode: number): DataFolderError {
  const octal = (mode & 0o777).toString(8)
  return new DataFolderError(`Other users can access ${path} (mode ${octal}). Run: chmod -R go= ${folder}`)
}

function ofAnother(path: string, owner: number): DataFolderError {
  return new DataFolderError(
    `${path} belongs to user ${owner}, and this process runs as user ${process.getuid?.()}. Run Keyhold as the owner.`,
  )
}

function isMissing(error: unknown): boolean {
  return Error.isError(error) && 'code' in error && error.code === 'ENOENT'
}

/** Creates the folder (mode 0700) and its manifest (mode 0600), and makes both durable. Never replaces a manifest. */
export async function createDataFolder(folder: string, made: Omit<Manifest, 'format'>): Promise<void> {
  await makeFolder(folder)
  await chmod(folder, 0o700)
  const file = await open(join(folder, NAME), 'wx', 0o600)
  try {
    await file.writeFile(`${JSON.stringify({ format: FORMAT, ...made }, undefined, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await syncFolder(folder)
}

/**
 * Reads the manifest of a folder whose files are to be opened. Throws a {@link DataFolderError} that says what to do when there
 * is none, when it is of another mode than the one given, and when others can read or write the folder.
 */
export async function openDataFolder(folder: string, mode?: Manifest['mode']): Promise<Manifest> {
  const manifest = await readManifest(folder)
  if (mode === undefined || manifest.mode === mode) {
    await checkPrivate(folder)
    return manifest
  }
  throw new DataFolderError(
    manifest.mode === 'dev'
      ? `${folder} was created by keyhold dev, which does not verify credentials. Create a folder for serve with: keyhold init DIR`
      : `${folder} was created by keyhold init, and keyhold dev would allow every caller to use its keys. Use: keyhold serve --data ${folder}`,
  )
}

/** Replaces the manifest of a folder durably: either the old or the new one is there at every moment. */
export async function replaceManifest(folder: string, manifest: Manifest): Promise<void> {
  const beside = join(folder, `${NAME}.new`)
  const file = await open(beside, 'w', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(manifest, undefined, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(beside, join(folder, NAME))
  await syncFolder(folder)
}

/** {@link openDataFolder} for what needs no root of trust: neither the mode matters nor who else can read the folder. */
export async function readManifest(folder: string): Promise<Manifest> {
  return parseManifest(await manifestText(folder), folder)
}

async function manifestText(folder: string): Promise<string> {
  try {
    return new TextDecoder().decode(await readSmallFile(join(folder, NAME), MAX_BYTES))
  } catch (cause) {
    if (!isMissing(cause) && (cause as Partial<NodeJS.ErrnoException>).syscall !== undefined) throw cause
    throw new DataFolderError(`${folder} is not a Keyhold data folder. Create one with: keyhold init ${folder}`, {
      cause,
    })
  }
}

/** Every place where the root itself may be found, beside the ways in the folder. */
export function rootPlaces({ root: { file, others = [] } }: Manifest): RootPlace[] {
  return [...(file === undefined ? [] : [{ kind: 'file', file }]), ...others]
}

function parseManifest(text: string, folder: string): Manifest {
  const manifest = parseOrUndefined(text)
  if (!isWhole(manifest)) {
    throw new DataFolderError(
      `${join(folder, NAME)} is damaged or was written by a newer Keyhold. Restore it from a backup or upgrade.`,
    )
  }
  const { kind } = manifest.store ?? { kind: 'sqlite' }
  if (STORE_KINDS.includes(kind)) return manifest
  throw new DataFolderError(
    `${join(folder, NAME)} names a store of the kind ${JSON.stringify(kind)}, which this Keyhold does not have. Upgrade.`,
  )
}

/** Whether the manifest has what this Keyhold needs to know, in its form. */
function isWhole(manifest: Partial<Manifest> | undefined): manifest is Manifest {
  const { format, root, store } = manifest ?? {}
  if (format !== FORMAT || !isText(root?.id) || !isText(root?.file ?? 'none')) return false
  const { others = [] } = root ?? {}
  return Array.isArray(others) && others.every(hasKind) && (store === undefined || hasKind(store))
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}

function hasKind(place: { kind: unknown } | null): boolean {
  return typeof place?.kind === 'string'
}

function parseOrUndefined(text: string): Partial<Manifest> | undefined {
  try {
    return JSON.parse(text) as Partial<Manifest>
  } catch {
    return undefined
  }
}
