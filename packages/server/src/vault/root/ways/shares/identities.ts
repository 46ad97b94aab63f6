import type { Secret } from '@keyhold/protocol'
import { RootError } from '../../root-error.ts'
import type { ShareText } from '../kind.ts'
import { identityOf } from '../way-key.ts'
import { readShare } from './read.ts'
import type { Share } from './share.ts'
import { combinePoints } from './split.ts'

/**
 * More than anyone tries by hand. One share that is wrong among more than enough is left out by one of these; which one it was is
 * said later, when the way's file is there.
 */
const MAX_TRIES = 64

/**
 * The age identities that recovery shares may give, before the file of their way is known, as it is in a backup that is encrypted
 * to its recipient. Only what opens the backup is right. Rejects with RootError: `wanting` where no set has enough shares.
 */
export async function identitiesOfShares(texts: readonly ShareText[]): Promise<string[]> {
  const sets = new Map<string, Map<number, Share>>()
  const faults: string[] = []
  for (const { from, text } of texts) {
    const share = readShare(text)
    if (typeof share === 'string') faults.push(`${from} ${share}.`)
    else addTo(sets, share)
  }
  const enough = [...sets.values()].map((set) => [...set.values()]).filter(isEnough)
  if (enough.length === 0) throw tooFew(sets, faults)
  const identities: string[] = []
  for (const shares of enough) {
    for (const chosen of subsets(shares, shares[0]?.threshold ?? 0)) {
      using seed: Secret = await combinePoints(chosen.map(({ point }) => point))
      identities.push(await identityOf({ form: 'hybrid', seed }), await identityOf({ form: 'x25519', seed }))
    }
  }
  for (const set of sets.values()) for (const { point } of set.values()) point.wipe()
  return identities
}

function addTo(sets: Map<string, Map<number, Share>>, share: Share): void {
  const name = `${share.root} ${share.set}`
  const set = sets.get(name) ?? new Map<number, Share>()
  sets.set(name, set)
  if (set.has(share.index)) share.point.wipe()
  else set.set(share.index, share)
}

function isEnough(shares: readonly Share[]): boolean {
  return shares.length >= (shares[0]?.threshold ?? Infinity)
}

/** The first ways to choose so many of the shares. */
function subsets(shares: readonly Share[], size: number): Share[][] {
  const found: Share[][] = []
  const choose = (from: number, chosen: Share[]): void => {
    if (found.length === MAX_TRIES) return
    if (chosen.length === size) {
      found.push(chosen)
      return
    }
    for (let at = from; at < shares.length; at += 1) choose(at + 1, [...chosen, ...shares.slice(at, at + 1)])
  }
  choose(0, [])
  return found
}

function tooFew(sets: Map<string, Map<number, Share>>, faults: readonly string[]): RootError {
  const have = [...sets.values()].map((set) => {
    const shares = [...set.values()]
    const indexes = shares.map(({ index }) => index).toSorted((a, b) => a - b)
    return `Of the set ${shares[0]?.set}, ${shares[0]?.threshold} shares are needed; given are ${indexes.join(', ')}.`
  })
  return new RootError(
    faults.length > 0 ? 'wrong' : 'wanting',
    [...(have.length > 0 ? have : ['No share was given.']), ...faults].join(' '),
  )
}
