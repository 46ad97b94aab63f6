import { realpath } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Random } from '../../platform/random.ts'
import { fileRoot } from './file-root.ts'
import { rootSecretOf, wipeRoot } from './keyed-root.ts'
import { replacePrivateFile } from './private-file.ts'
import type { RootPlace } from './providers.ts'
import { RootError } from './root-error.ts'
import { encodeRootText } from './root-text.ts'
import type { UnsealedRoot } from './root.ts'
import { requireGenuine, rewriteWay } from './ways/change-ways.ts'
import { readWays } from './ways/folder.ts'

/** Everything that holds the root of a data folder: its ways, and the root files of version 1 that its manifest names. */
export interface RootHolders {
  folder: string
  places: readonly RootPlace[]
  random: Random
}

/**
 * Makes sure that the root can be written to everything that holds it, before anything is changed. Rejects with RootError, which
 * says what to do: a way that is not genuine, or a root file that is not there or is another's, would keep the old root for good.
 */
export async function requireHolders(root: UnsealedRoot, { folder, places, random }: RootHolders): Promise<void> {
  const { ways, unusable } = await readWays(folder)
  for (const { error } of unusable) throw error
  for (const way of ways) {
    const [newest = 0] = way.generations
    if (newest > root.generation) throw ofInterrupted(way.name, way.id)
    await requireGenuine(way, root)
  }
  for (const { kind, file } of places) {
    if (kind !== 'file' || file === undefined) throw unknownPlace(kind)
    const found = await fileRoot(resolve(folder, file), random).unseal(root.id)
    await found.destroy()
  }
}

/** Whether something holds other generations than the root given: a rotation was interrupted. */
export async function isHeldOtherwise(root: UnsealedRoot, { folder, places, random }: RootHolders): Promise<boolean> {
  const wanted = root.generations.join()
  const { ways } = await readWays(folder)
  if (ways.some(({ generations }) => generations.join() !== wanted)) return true
  for (const { file = '' } of places) {
    const found = await fileRoot(resolve(folder, file), random).unseal(root.id)
    const held = found.generations.join()
    await found.destroy()
    if (held !== wanted) return true
  }
  return false
}

/**
 * Writes the root, with all its generations, to everything that holds it. No way is opened for it. Each file is replaced whole; after
 * a crash some have the root as it was, and calling this again writes the rest.
 */
export async function rewriteHolders(root: UnsealedRoot, { folder, places, random }: RootHolders): Promise<void> {
  const wanted = root.generations.join()
  for (const { file = '' } of places) {
    const secret = rootSecretOf(root)
    const text = encodeRootText(secret)
    wipeRoot(secret)
    try {
      // A mounted secret can be a link to a file: that file is replaced, and not the link.
      await replacePrivateFile(await realpath(resolve(folder, file)), text, random)
    } finally {
      text.fill(0)
    }
  }
  const { ways } = await readWays(folder)
  for (const way of ways) {
    if (way.generations.join() !== wanted) await rewriteWay(way, { folder, root, random })
  }
}

function ofInterrupted(name: string, id: string): RootError {
  const advice = `Open the folder by it, or remove it with: keyhold operator root remove ${id}`
  return new RootError('refused', `The way ${name} has a newer root, of a rotation that was interrupted. ${advice}`)
}

function unknownPlace(kind: string): RootError {
  const message = `The manifest names a root of the kind ${JSON.stringify(kind)}, to which this Keyhold cannot write. Nothing was changed.`
  return new RootError('unsupported', message)
}
