import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { AgeStart } from './age-header.ts'
import { openArchive, readFirstMember } from './archive-reader.ts'
import { BackupError } from './backup-error.ts'
import { type Description, parseDescription } from './description.ts'

/** A backup whose description was read. It is not authenticated until its data folder's root was opened. */
export interface FoundBackup {
  file: string
  start: AgeStart
  description: Description
}

/** More files than a folder of backups has. */
const MAX_FILES = 10_000

/**
 * The backups to restore, the full one first: those in `from`, which names files, or one folder whose newest backup is taken; with
 * `rootId`, only those that say that they are of this root. Throws
 * {@link BackupError}: `chain` names what is missing, `foreign` where they are of several data folders.
 */
export async function chainIn(
  from: readonly string[],
  identities: readonly string[],
  rootId?: string,
): Promise<FoundBackup[]> {
  const [only = '', ...others] = from
  const isFolder = others.length === 0 && (await stat(only)).isDirectory()
  const opened = isFolder
    ? await inFolder(only, identities)
    : await Promise.all(from.map((file) => look(file, identities)))
  const found = opened.filter(({ description }) => rootId === undefined || description.rootId === rootId)
  const newest = found
    .toSorted((a, b) => a.description.revision - b.description.revision || a.description.madeMs - b.description.madeMs)
    .at(-1)
  if (newest === undefined) throw new BackupError('chain', `There is no backup in ${from.join(', ')}.`)
  const other = found.find(({ description }) => description.rootId !== newest.description.rootId)
  if (isFolder && other !== undefined) {
    const two = `${newest.file} is of the root ${newest.description.rootId}, ${other.file} of ${other.description.rootId}`
    throw new BackupError(
      'foreign',
      `${only} has backups of several data folders: ${two}. Who knows a recipient can put one there. Name the files of yours.`,
    )
  }
  const chain = upTo(newest, found)
  if (!isFolder && chain.length < found.length) {
    const stray = found.find((one) => !chain.includes(one))
    throw new BackupError(
      stray?.description.rootId === newest.description.rootId ? 'chain' : 'foreign',
      `${stray?.file} is no part of what ${newest.file} continues. Name the backups of one chain only.`,
    )
  }
  return chain
}

async function look(file: string, identities: readonly string[]): Promise<FoundBackup> {
  const start = await openArchive(file, identities)
  const { name, content } = readFirstMember(file, start)
  return { file, start, description: parseDescription(name, content, file) }
}

/** Those that open. One that does not is passed over, but not if none does. */
async function inFolder(folder: string, identities: readonly string[]): Promise<FoundBackup[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.tar.age')).slice(0, MAX_FILES)
  const found: FoundBackup[] = []
  let failure: BackupError | undefined
  for (const name of names) {
    try {
      found.push(await look(join(folder, name), identities))
    } catch (error) {
      if (!(error instanceof BackupError)) throw error
      failure = error
    }
  }
  if (found.length === 0 && failure !== undefined) throw failure
  return found
}

function upTo(newest: FoundBackup, found: readonly FoundBackup[]): FoundBackup[] {
  const chain = [newest]
  for (let { base } = newest.description; base !== undefined; base = chain[0]?.description.base) {
    const { backupId, revision } = base
    const previous = found.find(({ description }) => description.backupId === backupId)
    if (previous === undefined) {
      const wanted = `${backupId} (its name has r${String(revision).padStart(12, '0')} and ${backupId.slice(0, 8)})`
      throw new BackupError(
        'chain',
        `${chain[0]?.file} continues the backup ${wanted}, which is not there. Name its file, too.`,
      )
    }
    chain.unshift(previous)
  }
  return chain
}
