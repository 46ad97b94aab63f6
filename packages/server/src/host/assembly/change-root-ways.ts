import { resolve } from 'node:path'
import { operatorOfProcess } from '../../admin/operator/operator-account.ts'
import { recordRemovedWay } from '../../admin/operator/removed-root-way.ts'
import { systemRandom } from '../../crypto/random.ts'
import { RootError } from '../../vault/root/root-error.ts'
import { removeWay } from '../../vault/root/ways/change-ways.ts'
import { readWays } from '../../vault/root/ways/folder.ts'
import { contextOf, kindOf } from '../../vault/root/ways/open-way.ts'
import { type Manifest, openDataFolder, replaceManifest } from '../../vault/storage/data-folder.ts'
import type { DataFolder, Engine } from './open.ts'
import { canBeReliedOn, type RootWayStatus, rootStatus, warningsOn } from './root-status.ts'
import { type AddedWay, addRootWay } from './root-ways.ts'

/** A way that was removed. */
export interface RemovedWay extends Pick<RootWayStatus, 'id' | 'kind' | 'name' | 'description'> {
  /** What is lost with one thing more, as sentences. */
  warnings: readonly string[]
}

/**
 * Removes a way, named by its id or name; a root file that the manifest names, by its path or as `root-file`. Rejects with RootError
 * `refused`, and changes nothing, unless another way opens the root or waits for a person. The database has that it is removed
 * before the file goes: interrupted, it counts no more, and the next call takes it away. With `destroy`, what the way has outside the
 * folder goes too, as far as its kind can reach that.
 */
export async function removeRootWay(
  named: DataFolder,
  { way: wanted, destroy = false }: { way: string; destroy?: boolean },
  engine: Engine,
): Promise<RemovedWay> {
  const { ways } = await rootStatus(named, engine, { check: true })
  const way = namedWay(wanted, ways)
  const others = ways.filter((one) => one !== way)
  const reliable = await Promise.all(others.map((one) => canBeReliedOn(one, engine.root)))
  if (!reliable.includes(true)) {
    const problems = others.flatMap(({ name, problem }) => (problem === undefined ? [] : [` ${name}: ${problem}`]))
    throw new RootError('refused', `No other way opens the root, so ${way.name} stays.${problems.join('')}`)
  }
  await recordRemoval(way, engine)
  if (way.kind === 'root-file-1') await removePlace(engine.folder, way.id)
  else await unlinkWay(way.id, destroy, engine)
  const { id, kind, name, description } = way
  return { id, kind, name, description, warnings: warningsOn(others) }
}

/** A way that was moved. */
export interface MovedWay {
  added: AddedWay
  removed: RemovedWay
}

/**
 * Moves a way to a new root file, of version 2: makes the new way, shows that it opens, and removes the old one. Interrupted, both
 * are there, and each opens.
 */
export async function moveRootWay(
  named: DataFolder,
  { way: wanted, file }: { way: string; file: string },
  engine: Engine,
): Promise<MovedWay> {
  const { ways } = await rootStatus(named, engine, { check: false })
  const way = namedWay(wanted, ways)
  const settings = { file: resolve(file) }
  const added = await addRootWay(named, { kind: 'file', name: way.name, settings, replaces: way.id }, engine)
  return { added, removed: await removeRootWay(named, { way: way.id }, engine) }
}

function namedWay(wanted: string, ways: readonly RootWayStatus[]): RootWayStatus {
  const byId = ways.find(({ id }) => id === wanted)
  const found = byId === undefined ? ways.filter(({ name }) => name === wanted) : [byId]
  const [way, other] = found
  if (way === undefined) {
    throw new RootError('refused', `There is no way ${JSON.stringify(wanted)}. See: keyhold operator root status`)
  }
  if (other === undefined) return way
  throw new RootError(
    'refused',
    `Several ways are called ${wanted}. Name one by its id: ${found.map(({ id }) => id).join(', ')}`,
  )
}

async function recordRemoval({ id, kind, name, description }: RootWayStatus, engine: Engine): Promise<void> {
  const context = { ...engine, operator: operatorOfProcess() }
  await recordRemovedWay({ wayId: id, kind, name, description }, context)
}

async function unlinkWay(id: string, destroy: boolean, { folder }: Engine): Promise<void> {
  const way = (await readWays(folder)).ways.find((one) => one.id === id)
  await removeWay({ id }, { folder })
  if (!destroy || way === undefined) return
  const kind = await kindOf(way)
  await kind.discard?.(way.parameters, contextOf(way, { folder, random: systemRandom }))
}

/** The manifest without a root file. That it is no longer the root's is all that happens: the file stays as it is. */
async function removePlace(folder: string, file: string): Promise<void> {
  const manifest = await openDataFolder(folder)
  const { file: first, others = [], id } = manifest.root
  const left = others.filter((place) => place.file !== file)
  const root: Manifest['root'] = {
    id,
    ...(first !== undefined && first !== file && { file: first }),
    ...(left.length > 0 && { others: left }),
  }
  await replaceManifest(folder, { ...manifest, root })
}
