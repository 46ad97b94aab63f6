import type { Secret } from '@keyhold/protocol'
import { RootError } from '../root-error.ts'
import type { Answers, WayContext } from '../ways/kind.ts'
import type { WayParameters } from '../ways/way.ts'
import { askToken, type TokenAnswer } from './ask-token.ts'
import type { PinLimit, SealedByToken, TokenPlace, TokenRequest } from './messages.ts'
import { readPin } from './pin.ts'
import type { Pkcs11Settings } from './settings.ts'
import { TokenError } from './token-error.ts'
import { nameOf, rootErrorOf } from './token-faults.ts'
import { requireTrustedLibrary } from './trusted-library.ts'
import { wrongPin, type WrongPin } from './wrong-pin.ts'

/** Several times what a smart card takes to make a key. */
const TIMEOUT_MS = 30_000

/** What the kind `pkcs11` does to protect a seed. */
export async function protectByToken(
  seed: Secret,
  { pinFile, ...place }: Pkcs11Settings,
  context: WayContext,
  answers: Answers,
): Promise<WayParameters> {
  using pin = await readPin(pinFile, context, answers)
  const limit = answers.tryPin === true ? 'final-try' : 'low'
  const binding = Buffer.from(context.binding).toString('base64')
  const request = { place, deed: 'protect', keyLabel: `keyhold ${context.id}`, binding, limit } as const
  const { token, sealed } = await ask(request, pin, seed)
  if (sealed === undefined) throw new Error('a token protected a seed, and did not say how')
  return {
    library: place.library,
    label: token.label,
    serial: token.serial,
    token: `${token.manufacturer} ${token.model}`.trim(),
    ...(pinFile !== undefined && { pinFile }),
    sealed: JSON.stringify(sealed),
  }
}

/** What it does to reveal one. */
export async function revealByToken(parameters: WayParameters, context: WayContext, answers: Answers): Promise<Secret> {
  const [place, sealed] = [placeOf(parameters), sealedOf(parameters)]
  const remembered = wrongPin(context)
  const limit = await limitOf(remembered, answers, place)
  using pin = await readPin(parameters['pinFile'], context, answers)
  const binding = Buffer.from(context.binding).toString('base64')
  const { secret } = await remembering(remembered, () => ask({ place, deed: 'reveal', sealed, binding, limit }, pin))
  if (secret === undefined) throw new Error('a token revealed a seed, and did not say which')
  await remembered.forget()
  return secret
}

/** Destroys the keys of a way on its token, if the PIN is in a file. */
export async function destroyTokenKeys(parameters: WayParameters, context: WayContext): Promise<void> {
  if (parameters['pinFile'] === undefined) return
  using pin = await readPin(parameters['pinFile'], context, {})
  const { keys } = sealedOf(parameters)
  await ask({ place: placeOf(parameters), deed: 'destroy', keys, limit: 'good' }, pin)
}

async function ask(request: TokenRequest, pin: Secret, secret?: Secret): Promise<TokenAnswer> {
  await requireTrustedLibrary(request.place.library)
  try {
    return await askToken(request, { pin, secret, timeoutMs: TIMEOUT_MS })
  } catch (error) {
    throw rootErrorOf(error, request.place)
  }
}

/** A PIN that was refused is not tried again by a service that starts again and again: the token would lock itself. */
async function limitOf(remembered: WrongPin, { tryPin }: Answers, place: TokenPlace): Promise<PinLimit> {
  if (tryPin === true) return 'final-try'
  if (await remembered.isThere()) {
    const advice = `Correct the PIN, then remove ${remembered.file}, or allow one try with --try-pin.`
    throw new RootError('wrong', `A PIN was refused before by ${nameOf(place)}, and none is tried now. ${advice}`)
  }
  return (await remembered.canBeKept()) ? 'low' : 'good'
}

async function remembering<T>(remembered: WrongPin, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof RootError && error.cause instanceof TokenError && error.cause.fault === 'pin-wrong')
      await remembered.keep().catch(() => undefined) // a full disk: the flags of the token are what is left
    throw error
  }
}

function placeOf({ library = '', label = '', serial }: WayParameters): TokenPlace {
  return { library, label, serial }
}

function sealedOf({ sealed = '' }: WayParameters): SealedByToken {
  try {
    return JSON.parse(sealed) as SealedByToken
  } catch (cause) {
    const advice = 'Restore its file from a backup.'
    throw new RootError('damaged', `The way does not say how its token protects it. ${advice}`, { cause })
  }
}
