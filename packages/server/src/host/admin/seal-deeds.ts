import { copyOfSecret } from '@keyhold/protocol'
import type { Clock } from '../../platform/clock.ts'
import { isForeseen } from '../../platform/foreseen.ts'
import { codesOf } from '../../vault/root/root-error.ts'
import type { Answers, ShareText } from '../../vault/root/ways/kind.ts'
import { type AdminAnswer, type AdminDeed, type Channel, json } from './listener.ts'
import { type SealControl, SealError } from './seal-control.ts'

/**
 * What an operator does on the admin listener: seals the server, and gives it what unseals it, one answer in each request, as the
 * bytes of the body. Nothing of an answer becomes text but a share and the name of a file.
 *
 * To unseal needs no credentials: what is given opens the root or does not. Over a loopback address, where everyone on the machine
 * can connect, only passphrases and shares are taken, at a pace that makes guessing pointless, and what an operator sealed stays so: a
 * PIN that a stranger guesses would lock a token, and names of files would tell what there is. To seal takes the socket, which only the
 * server's user can open. Over a network nothing is taken: everyone on it would read the answers.
 */

/** What can be given. */
const GIVEN = ['nothing', 'passphrase', 'share', 'pin', 'identity', 'root-file'] as const
type Given = (typeof GIVEN)[number]

/** Over a loopback address, with the kind of the ways that are tried: nothing else is opened for a stranger. */
const TAKEN_FROM_ALL: ReadonlyMap<Given, string> = new Map([
  ['passphrase', 'passphrase'],
  ['share', 'shares'],
])
const MAX_SHARES = 64
/** People who come one after the other to give their shares. */
const SHARES_KEPT_MS = 15 * 60_000
/** Between attempts that fail. Each argon2id takes about as long. */
const PAUSE_MS = 1000

export function sealDeeds(
  control: () => SealControl | undefined,
  clock: Pick<Clock, 'monotonic' | 'every'>,
): ReadonlyMap<string, AdminDeed> {
  const deeds = new SealDeeds(control, clock)
  const unseal = (given: Given): [string, AdminDeed] => [
    given === 'nothing' ? '/unseal' : `/unseal/${given}`,
    (body, channel) => deeds.unseal(given, body, channel),
  ]
  return new Map([['/seal', (_, channel) => deeds.seal(channel)], ...GIVEN.map(unseal)])
}

class SealDeeds {
  readonly #control: () => SealControl | undefined
  readonly #clock: Pick<Clock, 'monotonic' | 'every'>
  /** Those alone that are shares of a way: what others send is in no one's way. */
  #shares: string[] = []
  #forgetLater: (() => void) | undefined
  #notBeforeMs = -Infinity

  constructor(control: () => SealControl | undefined, clock: Pick<Clock, 'monotonic' | 'every'>) {
    this.#control = control
    this.#clock = clock
  }

  async seal(channel: Channel): Promise<AdminAnswer> {
    const control = this.#control()
    if (control === undefined) return refusal(503, NO_SEAL)
    if (channel !== 'socket') return refusal(403, 'The server is sealed over its admin socket only.')
    this.#forgetShares()
    try {
      await control.sealNow()
      return json(200, { state: control.seal.state })
    } catch (error) {
      return failure(error, control, channel)
    }
  }

  async unseal(given: Given, body: Buffer, channel: Channel): Promise<AdminAnswer> {
    const control = this.#control()
    if (control === undefined) return refusal(503, NO_SEAL)
    const why = refused(given, channel, control)
    if (why !== undefined) return refusal(403, why)
    if (control.seal.state === 'open') {
      this.#forgetShares()
      return json(200, { state: 'open' })
    }
    if (channel === 'socket') return this.#attempt(given, body, control, channel)
    if (this.#clock.monotonic() < this.#notBeforeMs) {
      return refusal(429, 'An attempt is made or has just failed: try again in a second.')
    }
    // Until it has ended, so that those who come over an address never fill the queue.
    this.#notBeforeMs = Infinity
    try {
      return await this.#attempt(given, body, control, channel)
    } finally {
      this.#notBeforeMs = this.#clock.monotonic() + PAUSE_MS
    }
  }

  async #attempt(given: Given, body: Buffer, control: SealControl, channel: Channel): Promise<AdminAnswer> {
    const share = given === 'share' ? body.toString('utf8').trim() : undefined
    const onlyKind = channel === 'socket' ? undefined : TAKEN_FROM_ALL.get(given)
    try {
      const answers = share === undefined ? answersOf(given, body) : this.#withKept(share)
      await control.unseal(onlyKind === undefined ? answers : Object.assign(answers, { onlyKind }), given)
      this.#forgetShares()
      return json(200, { state: control.seal.state })
    } catch (error) {
      const isKept = share !== undefined && this.#shares.includes(share)
      return failure(error, control, channel, { given, isKept, shares: this.#shares.length })
    }
  }

  /** This share and all that were taken lately, which are those at the time of the attempt: others can come before it. */
  #withKept(share: string): Answers {
    const kept = (): ShareText[] =>
      [...this.#shares.filter((one) => one !== share), share].map((text, n) => ({ from: `share ${n + 1}`, text }))
    return {
      get shares() {
        return kept()
      },
      shareTaken: ({ text }) => this.#keep(text),
    }
  }

  #keep(share: string): void {
    this.#shares = [...this.#shares.filter((one) => one !== share), share].slice(-MAX_SHARES)
    this.#forgetLater?.()
    this.#forgetLater = this.#clock.every(SHARES_KEPT_MS, () => this.#forgetShares())
  }

  #forgetShares(): void {
    this.#forgetLater?.()
    this.#forgetLater = undefined
    this.#shares = []
  }
}

function answersOf(given: Given, body: Buffer): Answers {
  switch (given) {
    // Each way that asks gets a copy of its own, which it overwrites.
    case 'passphrase':
      return { passphrase: async () => copyOfSecret(body), isGiven: true }
    case 'pin':
      return { pin: async () => copyOfSecret(body), isGiven: true }
    case 'identity':
      return { identities: [body.toString('utf8')] }
    case 'root-file':
      return { rootFiles: [body.toString('utf8')] }
    default:
      return {}
  }
}

const NO_SEAL = 'The server is starting, or is none that can be sealed.'

function refused(given: Given, channel: Channel, control: SealControl): string | undefined {
  if (channel === 'socket') return undefined
  if (channel === 'network')
    return 'Everyone on a network reads what is sent here: unseal the server over its admin socket.'
  if (!TAKEN_FROM_ALL.has(given)) return 'Over an address, only passphrases and shares are taken.'
  return control.isSealedByOperator ? 'An operator sealed it: unseal the server over its admin socket.' : undefined
}

function refusal(status: number, message: string): AdminAnswer {
  return json(status, { message })
}

/** Files and devices are named to those alone who may use the socket. */
function failure(error: unknown, control: SealControl, channel: Channel, what: Attempt = {}): AdminAnswer {
  const { shares = 0 } = what
  const status = statusOf(error, what)
  const message =
    channel === 'socket' || error instanceof SealError
      ? messageOf(error)
      : 'What was given does not open the root of trust.'
  return json(status, { state: control.seal.state, message, ...(shares > 0 && { shares }) })
}

/** What was given, and what became of it. */
interface Attempt {
  given?: Given
  isKept?: boolean
  shares?: number
}

/** 202: what was given is kept, and more is needed. Ways that open by something else say nothing of what was given. */
function statusOf(error: unknown, { given, isKept }: Attempt): number {
  if (error instanceof SealError) return 429
  const codes = codesOf(error)
  if (isKept === true || (given === 'nothing' && codes.includes('wanting'))) return 202
  if (codes.includes('wrong') || codes.includes('foreign')) return 403
  return codes.includes('wanting') ? 202 : 503
}

function messageOf(error: unknown): string {
  if (error instanceof SealError || isForeseen(error)) return (error as Error).message
  return 'The data folder cannot be opened: see the log.'
}
