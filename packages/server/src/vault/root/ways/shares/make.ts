import type { Secret } from '@keyhold/protocol'
import { equalInConstantTime } from '../../../../crypto/constant-time.ts'
import { RootError } from '../../root-error.ts'
import type { WayContext } from '../kind.ts'
import type { WayParameters } from '../way.ts'
import { encodeLine } from './line.ts'
import { refuseNumbers } from './numbers.ts'
import { digestOf, encodeShare, setOf, type Share, type ShareSet } from './share.ts'
import { checkOf, combinePoints, splitSecret } from './split.ts'
import { wordsOf } from './words.ts'

/** How many shares are made, how many of them open the root, and who hands them out. */
export interface SharesSettings {
  count: number
  threshold: number
  /**
   * Gives every share to its holder. The way is made once this resolves: a set that is listed was handed out. When it rejects, or
   * the process ends, the shares that were handed out open nothing.
   */
  deliver(shares: readonly HolderShare[]): Promise<void>
}

/** A share for its holder. Line and words are secret, and strings, which cannot be wiped. */
export interface HolderShare extends ShareSet {
  index: number
  threshold: number
  count: number
  line: string
  /** Rows of words. */
  words: string[][]
}

/** Makes a set of shares of the secret and hands it out. What it resolves with says nothing that helps to guess a share. */
export async function makeShares(
  seed: Secret,
  { count, threshold, deliver }: SharesSettings,
  context: WayContext,
): Promise<WayParameters> {
  const refusal = refuseNumbers(count, threshold)
  if (refusal !== undefined) throw new RootError('refused', refusal)
  const check = checkOf(seed, context.binding)
  const points = await splitSecret(seed, count, threshold)
  const set = { ...setOf(context), threshold, count, check }
  const shares = points.map((point, at): Share => ({ ...set, index: at + 1, point }))
  try {
    await requireCombines(points.slice(-threshold), seed)
    await deliver(shares.map(forHolder))
    return { threshold: String(threshold), count: String(count), check, digests: shares.map(digestOf).join(' ') }
  } finally {
    for (const { point } of shares) point.wipe()
  }
}

/** No share is handed out before it was used. */
async function requireCombines(points: readonly Secret[], seed: Secret): Promise<void> {
  using combined = await combinePoints(points)
  if (!equalInConstantTime(combined.reveal(), seed.reveal())) throw new Error('the shares do not give what was split')
}

function forHolder(share: Share): HolderShare {
  const { root, set, index, threshold, count } = share
  const bytes = encodeShare(share)
  const held = { root, set, index, threshold, count, line: encodeLine(bytes), words: wordsOf(bytes) }
  bytes.fill(0)
  return held
}
