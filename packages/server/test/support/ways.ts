import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemRandom } from '../../src/crypto/random.ts'
import { freshRoot, keyedRoot, takeRootKey } from '../../src/vault/root/keyed-root.ts'
import { providersOf, unsealByAny } from '../../src/vault/root/providers.ts'
import type { UnsealedRoot } from '../../src/vault/root/root.ts'
import { addWay, type NewWay } from '../../src/vault/root/ways/change-ways.ts'
import type { Answers } from '../../src/vault/root/ways/kind.ts'
import type { StoredWay } from '../../src/vault/root/ways/way.ts'
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
