import { readdir, rm, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder, syncFolder } from '../../../platform/durable-folder.ts'
import type { Random } from '../../../platform/random.ts'
import { damagedFile, type FileRole, readPrivateFile, replacePrivateFile } from '../private-file.ts'
import { RootError } from '../root-error.ts'
import { encodeWay, MAX_WAY_BYTES, parseWay, type StoredWay } from './way.ts'

/** The ways' files of a data folder, `DIR/root/<way id>.json`. */

/** A way's file that cannot be used. */
export interface UnusableWay {
  file: string
  error: RootError
}

/** More ways than anyone looks after. */
const MAX_WAYS = 64

const WAY_FILE: FileRole = {
  name: 'way to the root',
  remedy: 'Restore it from a backup of the data folder, or open the root by another way and add this one again.',
  maxBytes: MAX_WAY_BYTES,
}
const FILE = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.json$/

/** The folder of the ways in a data folder. */
export function waysFolder(folder: string): string {
  return join(folder, 'root')
}

/** Reads every way. One that cannot be used hinders no other. A folder of an earlier build has none. */
export async function readWays(folder: string): Promise<{ ways: StoredWay[]; unusable: UnusableWay[] }> {
  const names = await namesIn(waysFolder(folder))
  const ways: StoredWay[] = []
  const unusable: UnusableWay[] = []
  for (const name of names) {
    const file = join(waysFolder(folder), name)
    try {
      ways.push(await readWay(file, name))
    } catch (error) {
      if (!(error instanceof RootError)) throw error
      unusable.push({ file, error })
    }
  }
  return { ways: ways.toSorted(byAge), unusable }
}

/** Writes a way durably, in place of the one with its id. A crash leaves the old file or the new one. */
export async function writeWay(folder: string, way: StoredWay, random: Random): Promise<void> {
  await makeFolder(waysFolder(folder))
  await replacePrivateFile(fileOf(folder, way.id), encodeWay(way), random)
}

/** Removes the file of a way durably. */
export async function unlinkWay(folder: string, id: string): Promise<void> {
  await unlink(fileOf(folder, id))
  await rm(join(waysFolder(folder), `${id}.opened`), { force: true })
  await syncFolder(waysFolder(folder))
}

function fileOf(folder: string, id: string): string {
  return join(waysFolder(folder), `${id}.json`)
}

async function readWay(file: string, name: string): Promise<StoredWay> {
  const parsed = parseWay(await readPrivateFile(file, WAY_FILE))
  if (parsed === 'unsupported') {
    throw new RootError('unsupported', `A later Keyhold wrote ${file}. Start that version or a later one.`)
  }
  if (parsed === 'damaged' || `${parsed.id}.json` !== name) throw damagedFile(file, WAY_FILE)
  return parsed
}

async function namesIn(folder: string): Promise<string[]> {
  const all = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const names = all.filter((name) => FILE.test(name)).toSorted()
  if (names.length <= MAX_WAYS) return names
  throw new RootError('damaged', `${folder} has ${names.length} ways to the root; Keyhold makes at most ${MAX_WAYS}.`)
}

/** Those that hold the newest generation first: during a rotation only they may have what rows need. */
function byAge(left: StoredWay, right: StoredWay): number {
  return (right.generations[0] ?? 0) - (left.generations[0] ?? 0) || left.createdMs - right.createdMs
}
