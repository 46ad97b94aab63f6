import type { Secret } from '@keyhold/protocol'
import { RootError } from '../../root-error.ts'
import type { Answers, ShareText, WayContext } from '../kind.ts'
import type { WayParameters } from '../way.ts'
import { numbersOf } from './numbers.ts'
import { readShare } from './read.ts'
import { digestOf, setOf, type Share, type ShareSet } from './share.ts'
import { checkOf, combinePoints } from './split.ts'

/**
 * The secret of a way of shares. Every share that is given is judged alone, by what the way's file says of the set, so that a
 * wrong one is named and none that is wrong is combined.
 */
export async function revealByShares(
  parameters: WayParameters,
  context: WayContext,
  { shares = [], warn }: Pick<Answers, 'shares' | 'warn'>,
): Promise<Secret> {
  const { threshold, count } = numbersOf(parameters)
  const needs = `The way ${context.name} opens with ${threshold} of its ${count} shares`
  if (shares.length === 0) {
    throw new RootError('wanting', `${needs}. Name the files that have them: --share FILE, once for each.`)
  }
  const judged = judgeShares(shares, parameters, context)
  try {
    const good = judged.flatMap(({ share }) => share ?? [])
    if (good.length < threshold) throw tooFew(needs, judged)
    const faults = faultsOf(judged)
    if (faults.length > 0) warn?.(`${faults.join(' ')} The other shares are enough.`)
    return await combined(good.slice(0, threshold), parameters, context)
  } finally {
    for (const { share } of judged) share?.point.wipe()
  }
}

/** What was given as one share: a share of the way that was not given before, or what is wrong with it. */
interface JudgedShare {
  from: string
  share?: Share
  index?: number
  fault?: string
}

function judgeShares(texts: readonly ShareText[], parameters: WayParameters, context: WayContext): JudgedShare[] {
  const seen = new Map<number, string>()
  return texts.map(({ from, text }) => {
    const judged: JudgedShare = { from, ...judgeShare(text, parameters, context) }
    if (judged.share === undefined) return judged
    const before = seen.get(judged.share.index)
    if (before === undefined) {
      seen.set(judged.share.index, from)
      return judged
    }
    judged.share.point.wipe()
    return { from, index: judged.share.index, fault: `is share ${judged.share.index} again, which ${before} is` }
  })
}

/** A share of this way, or a phrase that says what is wrong with it. */
export function judgeShare(
  text: string,
  parameters: WayParameters,
  context: Pick<WayContext, 'rootId' | 'id'>,
): Pick<JudgedShare, 'share' | 'index' | 'fault'> {
  const share = readShare(text)
  if (typeof share === 'string') return { fault: share }
  const { index } = share
  const fault = foreignTo(share, setOf(context)) ?? notIssued(share, parameters)
  if (fault === undefined) return { share, index }
  share.point.wipe()
  return { index, fault }
}

function foreignTo(share: Share, wanted: ShareSet): string | undefined {
  const what = `is share ${share.index} of`
  if (share.root !== wanted.root) return `${what} another root: ${share.root}, and this one is ${wanted.root}`
  if (share.set === wanted.set) return undefined
  return `${what} another set: ${share.set}, and this one is ${wanted.set}; sets that were replaced open older backups only`
}

function notIssued(share: Share, { digests = '' }: WayParameters): string | undefined {
  if (digests.split(' ')[share.index - 1] === digestOf(share)) return undefined
  return `says that it is share ${share.index} of this set, and is not as it was handed out: someone changed it`
}

function tooFew(needs: string, judged: readonly JudgedShare[]): RootError {
  const good = judged.flatMap(({ share, from }) => (share ? [`${share.index} (${from})`] : []))
  const have = good.length === 0 ? 'None of those given is one of them' : `Those given have ${good.join(', ')}`
  const faults = faultsOf(judged)
  return new RootError(faults.length > 0 ? 'wrong' : 'wanting', [`${needs}. ${have}.`, ...faults].join(' '))
}

function faultsOf(judged: readonly JudgedShare[]): string[] {
  return judged.flatMap(({ from, fault }) => (fault === undefined ? [] : [`${from} ${fault}.`]))
}

/** The secret; that it is the key of the way's recipient is checked next, before anything is decrypted with it. */
async function combined(shares: readonly Share[], { check }: WayParameters, context: WayContext): Promise<Secret> {
  const seed = await combinePoints(shares.map(({ point }) => point))
  if (checkOf(seed, context.binding) === check) return seed
  seed.wipe()
  const advice = 'Restore its file from a backup of the data folder.'
  throw new RootError(
    'wrong',
    `The shares do not give the key of the way ${context.name}: its file was changed. ${advice}`,
  )
}
