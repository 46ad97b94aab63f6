import type { Logger } from '../../platform/logger.ts'
import type { Random } from '../../platform/random.ts'
import { fileRoot } from './file-root.ts'
import { RootError } from './root-error.ts'
import type { RootProvider, UnsealedRoot } from './root.ts'

/** Where a data folder's manifest says that its root of trust may be found: one provider. */
export interface RootPlace {
  kind: string
  /** Of the kind `file`. */
  file?: string
}

/** The provider that a manifest names. One of a kind that a later Keyhold has opens nothing here, and hinders no other. */
export function providerAt({ kind, file }: RootPlace, random: Random): RootProvider {
  return kind === 'file' && file !== undefined ? fileRoot(file, random) : unknownProvider(kind)
}

function unknownProvider(kind: string): RootProvider {
  const message = `This Keyhold cannot open a root of the kind ${JSON.stringify(kind)}. Start the version that added it or a later one.`
  return {
    description: `root of the kind ${kind}`,
    unseal: () => Promise.reject(new RootError('unsupported', message)),
  }
}

/**
 * Opens the root by the first of its providers that does, each of them being enough. What the others say is logged, as they
 * may be needed another time. Rejects with RootError: with that of the only provider, or with what every one of them says.
 */
export async function unsealByAny(
  providers: readonly RootProvider[],
  expectedId: string,
  logger: Logger,
): Promise<UnsealedRoot> {
  const failures: RootError[] = []
  for (const provider of providers) {
    const root = await provider.unseal(expectedId).catch((error: unknown) => {
      if (!(error instanceof RootError)) throw error
      failures.push(error)
    })
    if (root === undefined) continue
    for (const error of failures) logger.warn('a provider of the root of trust does not open it', { error })
    return root
  }
  const [first] = failures
  if (first === undefined) throw new RootError('missing', 'The data folder names nothing that opens its root of trust.')
  if (failures.length === 1) throw first
  throw new RootError(first.code, failures.map(({ message }) => message).join(' '), {
    cause: new AggregateError(failures),
  })
}
