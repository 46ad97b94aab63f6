import type { WayKind } from './kind.ts'
import type { SharesSettings } from './shares/make.ts'
import { numbersOf } from './shares/numbers.ts'

/** Recovery shares: the way key, split among people so that some of them together open the root (docs/spec/recovery-shares.md). */
export const sharesKind: WayKind<SharesSettings> = {
  kind: 'shares',
  protect: async (seed, settings, context) => (await import('./shares/make.ts')).makeShares(seed, settings, context),
  reveal: async (parameters, context, answers) =>
    (await import('./shares/reveal.ts')).revealByShares(parameters, context, answers),

  describe(parameters) {
    const { threshold, count } = numbersOf(parameters)
    return `${threshold} of ${count} recovery shares`
  },

  needsPerson: () => true,
}
