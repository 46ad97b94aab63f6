import type { Random } from '../../platform/random.ts'
import { freshRoot, unsealRoot } from './keyed-root.ts'
import type { UnsealedRoot } from './root.ts'

/** A root that lives in this process alone: what is sealed under it dies with it. For `keyhold dev` without data. */
export function ephemeralRoot(random: Random): UnsealedRoot {
  return unsealRoot(freshRoot(random), random)
}
