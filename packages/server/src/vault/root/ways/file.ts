import { unlink } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Secret } from '@keyhold/protocol'
import { laterRootFile, ROOT_FILE } from '../file-root.ts'
import { damagedFile, readPrivateFile, writeNewPrivateFile } from '../private-file.ts'
import { RootError } from '../root-error.ts'
import type { Answers, WayContext, WayKind } from './kind.ts'
import { encodeRootFile, parseRootFile, type RootFile } from './root-file.ts'
import { formOf } from './way-key.ts'

/** Where the root file is made; relative to the data folder. */
export interface FileSettings {
  file: string
}

/** A root file of version 2: the way key in a file that only its owner can read. */
export const fileKind: WayKind<FileSettings> = {
  kind: 'file',

  async protect(seed, { file }, context) {
    const form = (await formOf(context.recipient)) ?? 'hybrid'
    const bytes = await encodeRootFile({ rootId: context.rootId, wayId: context.id, key: { form, seed } })
    try {
      await writeNewPrivateFile(resolve(context.folder, file), bytes, ROOT_FILE, context.random)
    } finally {
      bytes.fill(0)
    }
    return { file }
  },

  async reveal({ file }, context, answers) {
    const failures: RootError[] = []
    for (const place of placesOf(file, context, answers)) {
      const found = await read(place, context).catch((error: unknown) => {
        if (!(error instanceof RootError)) throw error
        failures.push(error)
      })
      if (found) return found
    }
    throw failures[0] ?? new RootError('damaged', `The way ${context.name} names no root file.`)
  },

  describe: ({ file }) => `root file ${file}`,

  needsPerson: () => false,

  async discard({ file = '' }, context) {
    const place = resolve(context.folder, file)
    const found = await wayOf(place).catch(() => undefined)
    if (found?.wayId === context.id) await unlink(place)
  },
}

/** What the caller named comes first: it may replace a file that is lost or moved. */
function placesOf(file: string | undefined, { folder }: WayContext, { rootFiles = [] }: Answers): string[] {
  return [...rootFiles.map((one) => resolve(one)), ...(file === undefined ? [] : [resolve(folder, file)])]
}

async function read(file: string, context: Pick<WayContext, 'id' | 'rootId' | 'name'>): Promise<Secret> {
  const parsed = await rootFileAt(file)
  if (parsed === 'text') throw foreign(file, 'another kind: it contains a root itself')
  if (parsed.rootId === context.rootId && parsed.wayId === context.id) return parsed.key.seed
  parsed.key.seed.wipe()
  const [what, id] = parsed.rootId === context.rootId ? ['way', parsed.wayId] : ['root', parsed.rootId]
  throw foreign(file, `the ${what} ${id}, and the way ${context.name} is ${context.id} of the root ${context.rootId}`)
}

/** The way that a root file is of; `undefined` for one that contains a root's text itself. Throws {@link RootError}. */
export async function wayOf(file: string): Promise<Pick<RootFile, 'rootId' | 'wayId'> | undefined> {
  const parsed = await rootFileAt(file)
  if (parsed === 'text') return undefined
  parsed.key.seed.wipe()
  return { rootId: parsed.rootId, wayId: parsed.wayId }
}

async function rootFileAt(file: string): Promise<RootFile | 'text'> {
  const bytes = await readPrivateFile(file, ROOT_FILE)
  const parsed = await parseRootFile(bytes)
  bytes.fill(0)
  if (parsed === 'damaged') throw damagedFile(file, ROOT_FILE)
  if (parsed === 'unsupported') throw laterRootFile(file)
  return parsed
}

function foreign(file: string, of: string): RootError {
  return new RootError('foreign', `The root file ${file} is of ${of}. Name the file that belongs to this way.`)
}
