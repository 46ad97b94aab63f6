import type { Secret } from '@keyhold/protocol'
import { RootError } from '../../root-error.ts'
import type { Answers, ShareText, WayContext } from '../kind.ts'
import type { WayParameters } from '../way.ts'
import { numbersOf } from './numbers.ts'
import { readShare } from './read.ts'
import { digestOf, setOf, type Share, type ShareSet } from './share.ts'
import { checkOf, combinePoints } from './split.ts'

/** What a person can give wrongly before they stop. */
const MAX_ASKED = 100

/**
 * The secret of a way of shares. Every share that is given is judged alone, by what the way's file says of the set, so that a
 * wrong one is named and none that is wrong is combined. Where shares are missing, people are asked for them one by one.
 */
export async function revealByShares(
  parameters: WayParameters,
  context: WayContext,
  { shares = [], shareTaken, share, warn }: Pick<Answers, 'shares' | 'shareTaken' | 'share' | 'warn'>,
): Promise<Secret> {
  const { threshold, count } = numbersOf(parameters)
  const needs = `The way ${context.name} opens with ${threshold} of its ${count} shares`
  const given = new GivenShares((text) => judgeShare(text, parameters, context))
  try {
    for (const one of shares) if (given.add(one) === undefined) shareTaken?.(one)
    if (share) await ask(share, given, { ...context, threshold }, warn)
    if (given.isEmpty) {
      throw new RootError('wanting', `${needs}. Name the files that have them: --share FILE, once for each.`)
    }
    if (given.good.length < threshold) throw tooFew(needs, given)
    if (given.faults.length > 0) warn?.(`${given.faults.join(' ')} The other shares are enough.`)
    return await combined(given.good.slice(0, threshold), parameters, context)
  } finally {
    given.wipe()
  }
}

/** Asks until there are enough, or there are no more. */
async function ask(
  share: NonNullable<Answers['share']>,
  given: GivenShares,
  way: Pick<WayContext, 'id' | 'name'> & { threshold: number },
  warn: Answers['warn'],
): Promise<void> {
  for (let asked = 1; given.good.length < way.threshold && asked <= MAX_ASKED; asked++) {
    const text = await share({ ...way, have: given.good.length })
    if (text === undefined) return
    const fault = given.add({ from: 'What was typed', text })
    if (fault !== undefined) warn?.(fault)
  }
}

/** What was given as one share: a share of the way, or what is wrong with it. */
interface JudgedShare {
  share?: Share
  index?: number
  fault?: string
}

/** The shares that were given, each number once, and what is wrong with the others. */
class GivenShares {
  readonly faults: string[] = []
  readonly #good = new Map<number, { from: string; share: Share }>()
  readonly #judge: (text: string) => JudgedShare

  constructor(judge: (text: string) => JudgedShare) {
    this.#judge = judge
  }

  get good(): Share[] {
    return [...this.#good.values()].map(({ share }) => share)
  }

  /** Which ones are good, and where they are from. */
  get names(): string[] {
    return [...this.#good].map(([index, { from }]) => `${index} (${from})`)
  }

  get isEmpty(): boolean {
    return this.#good.size + this.faults.length === 0
  }

  /** Returns a sentence that says what is wrong with it. */
  add({ from, text }: ShareText): string | undefined {
    const { share, fault } = this.#judge(text)
    if (share === undefined) return this.#refuse(`${from} ${fault}.`)
    const before = this.#good.get(share.index)
    if (before !== undefined) {
      share.point.wipe()
      return this.#refuse(`${from} is share ${share.index} again, which was given already: ${before.from}.`)
    }
    this.#good.set(share.index, { from, share })
    return undefined
  }

  wipe(): void {
    for (const { share } of this.#good.values()) share.point.wipe()
  }

  #refuse(fault: string): string {
    this.faults.push(fault)
    return fault
  }
}

/** A share of this way, or a phrase that says what is wrong with it. */
export function judgeShare(
  text: string,
  parameters: WayParameters,
  context: Pick<WayContext, 'rootId' | 'id'>,
): JudgedShare {
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

function tooFew(needs: string, { names, faults }: GivenShares): RootError {
  const have = names.length === 0 ? 'None of those given is one of them' : `Those given have ${names.join(', ')}`
  return new RootError(faults.length > 0 ? 'wrong' : 'wanting', [`${needs}. ${have}.`, ...faults].join(' '))
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
