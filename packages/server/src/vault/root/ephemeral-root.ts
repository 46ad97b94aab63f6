import type { Random } from '../../platform/random.ts'
import { freshRoot, keyedRoot, takeRootKey } from './keyed-root.ts'
import { foreignRoot } from './root-error.ts'
import type { RootProvider } from './root.ts'

/** A root that is not stored anywhere. */
export interface EphemeralRoot extends RootProvider {
  readonly id: string
}

/** A new root that lives in this process alone: what is sealed under it dies with it. For `keyhold dev` without data. */
export function ephemeralRoot(random: Random): EphemeralRoot {
  const rootKey = takeRootKey(freshRoot(random))
  const { id } = rootKey
  // Not in a member: neither inspection nor JSON may show the key.
  return {
    id,
    description: 'a root in memory',
    async unseal(expectedId) {
      if (expectedId !== id)
        throw foreignRoot('The root in memory', id, expectedId, 'Only its own process can open its data.')
      return keyedRoot(rootKey, random)
    },
  }
}
