import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemRandom } from '../../src/crypto/random.ts'
import { freshRoot, keyedRoot, takeRootKey } from '../../src/vault/root/keyed-root.ts'
import { providersOf, unsealByAny } from '../../src/vault/root/providers.ts'
import type { UnsealedRoot } from '../../src/vault/root/root.ts'
import { addWay, type NewWay } from '../../src/vault/root/ways/change-ways.ts'
import { fileKind } from '../../src/vault/root/ways/file.ts'
import type { Answers } from '../../src/vault/root/ways/kind.ts'
import { recipientKind } from '../../src/vault/root/ways/recipient.ts'
import type { StoredWay } from '../../src/vault/root/ways/way.ts'
import { freshWayKey, identityOf, recipientOf, type WayKeyForm } from '../../src/vault/root/ways/way-key.ts'
import { silentLogger } from './silent-logger.ts'

/** A data folder that has a root and its ways alone, and goes when its scope ends. */
export interface FolderOfWays extends AsyncDisposable {
  /** The data folder. */
  folder: string
  root: UnsealedRoot
  /** A path beside the data folder. */
  beside(name: string): string
  add<Settings>(way: NewWay<Settings>): Promise<StoredWay>
  /** Opens the root as a start does. */
  open(answers?: Answers): Promise<UnsealedRoot>
}

/** X25519 unless a test is about the form: it costs a tenth of the hybrid. */
export async function folderOfWays(root = newRoot()): Promise<FolderOfWays> {
  const base = await mkdtemp(join(tmpdir(), 'keyhold-ways-'))
  const folder = join(base, 'data')
  await mkdir(folder, { mode: 0o700 })
  const change = { folder, root, random: systemRandom, clock: { now: () => 1_700_000_000_000 } }
  return {
    folder,
    root,
    beside: (name) => join(base, name),
    add: (way) => addWay({ form: 'x25519', ...way }, change),
    open: async (answers = {}) =>
      unsealByAny(await providersOf({ folder, places: [], answers, random: systemRandom }), root.id, silentLogger),
    [Symbol.asyncDispose]: () => rm(base, { recursive: true }),
  }
}

export function newRoot(): UnsealedRoot {
  return keyedRoot(takeRootKey(freshRoot(systemRandom)), systemRandom)
}

/** A way whose identity is in a file beside the folder. */
export async function withRecipient(
  there: FolderOfWays,
  form: WayKeyForm = 'x25519',
): Promise<{ name: string; identity: string; way: StoredWay }> {
  const key = freshWayKey(form, systemRandom)
  const name = `keeper-${form}`
  const identity = there.beside(name)
  await writeFile(identity, `# made by a test\n${await identityOf(key)}\n`, { mode: 0o600 })
  const way = await there.add({ kind: recipientKind, settings: { recipient: await recipientOf(key) }, name })
  return { name, identity, way }
}

/** The file of a way in its data folder. */
export function wayFile({ folder }: Pick<FolderOfWays, 'folder'>, { id }: Pick<StoredWay, 'id'>): string {
  return join(folder, 'root', `${id}.json`)
}

/** The same text with another character near its end. */
export function flipped(text: string): string {
  const index = text.length - 9
  return `${text.slice(0, index)}${text[index] === 'q' ? 'p' : 'q'}${text.slice(index + 1)}`
}

/** Ways of root files beside the folder. */
export const MAIN = { kind: fileKind, settings: { file: '../main.root' }, name: 'main' }
export const SPARE = { kind: fileKind, settings: { file: '../spare.root' }, name: 'spare' }
