import { resolve } from 'node:path'
import type { Logger } from '../../platform/logger.ts'
import type { Random } from '../../platform/random.ts'
import { fileRoot } from './file-root.ts'
import { foreignRoot, RootError } from './root-error.ts'
import type { RootProvider, UnsealedRoot } from './root.ts'
import { wayOf } from './ways/file.ts'
import { readWays } from './ways/folder.ts'
import type { Answers } from './ways/kind.ts'
import { kindNamed } from './ways/kinds.ts'
import { wayProvider } from './ways/open-way.ts'
import { judge, type StoredWay } from './ways/way.ts'

/** Where a data folder's manifest says that its root of trust may be found: one provider. */
export interface RootPlace {
  kind: string
  /** Of the kind `file`. */
  file?: string
}

/** What leads to the root of a data folder. */
export interface WayThere {
  folder: string
  /** What the manifest names; relative paths resolve against the folder. */
  places: readonly RootPlace[]
  answers?: Answers
  random: Random
}

/**
 * Everything that may open the root of a data folder, in the order in which it is tried: root files that the caller names, those
 * of the manifest, the ways that need no person, and those that do.
 */
export async function providersOf({ folder, places, answers = {}, random }: WayThere): Promise<RootProvider[]> {
  const { ways, unusable } = await readWays(folder)
  const provider = (way: StoredWay): RootProvider => wayProvider(way, { folder, random, answers })
  const { onlyKind } = answers
  if (onlyKind !== undefined) return ways.filter(({ kind }) => kind === onlyKind).map(provider)
  const waiting = await Promise.all(ways.map((way) => needsPerson(way)))
  return [
    ...(answers.rootFiles ?? []).map((file) => givenRootFile(resolve(file), ways, random)),
    ...places.map((place) => providerAt(place, folder, random)),
    ...ways.filter((_, index) => waiting[index] === false).map(provider),
    ...ways.filter((_, index) => waiting[index] === true).map(provider),
    ...unusable.map(({ file, error }) => ({ description: file, unseal: () => Promise.reject(error) })),
  ]
}

/** The provider that a manifest names. One of a kind that a later Keyhold has opens nothing here, and hinders no other. */
export function providerAt({ kind, file }: RootPlace, folder: string, random: Random): RootProvider {
  return kind === 'file' && file !== undefined ? fileRoot(resolve(folder, file), random) : unknownProvider(kind)
}

/** A root file that the caller named. One of version 2 is of a way, which opens with it. */
function givenRootFile(file: string, ways: readonly StoredWay[], random: Random): RootProvider {
  return {
    description: `root file ${file}`,
    async unseal(expectedId) {
      const found = await wayOf(file)
      if (found === undefined) return fileRoot(file, random).unseal(expectedId)
      if (found.rootId !== expectedId) {
        throw foreignRoot(file, found.rootId, expectedId, 'Name the file that belongs to this data folder.')
      }
      const way = ways.find(({ id }) => id === found.wayId)
      if (way !== undefined)
        return wayProvider(way, { folder: '/', random, answers: { rootFiles: [file] } }).unseal(expectedId)
      const advice = `Restore root/${found.wayId}.json of the data folder from a backup, or open the root by another way.`
      throw new RootError('missing', `The root file ${file} is of a way that the data folder does not have. ${advice}`)
    },
  }
}

async function needsPerson(way: StoredWay): Promise<boolean> {
  return (await kindNamed(way.kind))?.needsPerson(way.parameters) ?? true
}

function unknownProvider(kind: string): RootProvider {
  const message = `This Keyhold cannot open a root of the kind ${JSON.stringify(kind)}. Start the version that added it or a later one.`
  return {
    description: `root of the kind ${kind}`,
    unseal: () => Promise.reject(new RootError('unsupported', message)),
  }
}

/**
 * Logs each way of a data folder that the root did not make as it is. It may open the root all the same, and is no way in: nothing
 * is encrypted to its recipient.
 */
export async function reportFalseWays(folder: string, root: UnsealedRoot, logger: Logger): Promise<void> {
  const { ways } = await readWays(folder)
  for (const way of ways) {
    const verdict = await judge(way, root)
    if (verdict === 'genuine') continue
    const facts = { way: way.id, name: way.name }
    if (verdict === 'older') logger.warn('a way to the root of trust holds an older generation alone', facts)
    else logger.warn('a way to the root of trust is not as Keyhold wrote it', facts)
  }
}

/**
 * Opens the root by the first of its providers that does, each of them being enough. What the others say is logged, as they
 * may be needed another time. `opened` is told which provider it was. Rejects with RootError: with that of the only provider, or with what every one of them says.
 */
export async function unsealByAny(
  providers: readonly RootProvider[],
  expectedId: string,
  logger: Logger,
  opened: (provider: RootProvider) => void = () => {},
): Promise<UnsealedRoot> {
  const failures: RootError[] = []
  for (const provider of providers) {
    const root = await provider.unseal(expectedId).catch((error: unknown) => {
      if (!(error instanceof RootError)) throw error
      failures.push(error)
    })
    if (root === undefined) continue
    opened(provider)
    // What waits for a person does not open at every start, and is not at fault.
    for (const error of failures.filter(({ code }) => code !== 'wanting'))
      logger.warn('a provider of the root of trust does not open it', { error })
    return root
  }
  const [first] = failures
  if (first === undefined) throw new RootError('missing', 'The data folder names nothing that opens its root of trust.')
  if (failures.length === 1) throw first
  throw new RootError(first.code, failures.map(({ message }) => message).join(' '), {
    cause: new AggregateError(failures),
  })
}
