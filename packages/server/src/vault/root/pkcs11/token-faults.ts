import { RootError, type RootErrorCode } from '../root-error.ts'
import type { TokenFault, TokenPlace } from './messages.ts'
import { howToBuildModule } from './module-advice.ts'
import { TokenError } from './token-error.ts'

interface Explained {
  code: RootErrorCode
  /** `detail` is what the token's process added: it names things, and has nothing secret in it. */
  message(place: TokenPlace, detail: string): string
}

const UNCHANGED = 'Nothing was changed.'

/** What each fault means to an operator, and what to do. */
const FAULTS: Readonly<Record<TokenFault, Explained>> = {
  'module-missing': { code: 'unreachable', message: () => howToBuildModule() },
  library: {
    code: 'unreachable',
    message: ({ library }, detail) =>
      `The PKCS#11 library ${library} cannot be used (${detail}). Install it, or correct its configuration.`,
  },
  'token-missing': {
    code: 'unreachable',
    message: (place, detail) =>
      `No slot of ${place.library} has ${nameOf(place)}. It has: ${detail || 'no token'}. Plug it in, or switch it on. ${UNCHANGED}`,
  },
  'token-replaced': {
    code: 'foreign',
    message: (place, detail) =>
      `The token ${place.label} is another one: its serial number is ${detail}, and this way was made with ${place.serial}. Plug in that one, or open the root by another way and add this token as a new way.`,
  },
  'token-ambiguous': {
    code: 'refused',
    message: ({ label }, detail) => `Several tokens are called ${label}. Choose one by its serial number: ${detail}.`,
  },
  'pin-unset': {
    code: 'unreachable',
    message: (place) => `${capital(nameOf(place))} has no user PIN yet. Its security officer sets one.`,
  },
  'pin-wrong': {
    code: 'wrong',
    message: (place, detail) => `${capital(nameOf(place))} refused the PIN${triesLeft(detail)}.`,
  },
  'pin-low': {
    code: 'wrong',
    message: (place) =>
      `A wrong PIN was given to ${nameOf(place)} before, so this one is not tried: the token locks itself after a few. Check the PIN, then allow one try with --try-pin.`,
  },
  'pin-last-try': {
    code: 'wrong',
    message: (place) =>
      `${capital(nameOf(place))} has ONE try left before it locks itself. The PIN is not tried. Check it first, for instance with the tool of the token's maker; then allow the last try with --try-pin.`,
  },
  'pin-locked': {
    code: 'wrong',
    message: (place) =>
      `${capital(nameOf(place))} is locked: too many wrong PINs were given. Its security officer can set a new PIN; its keys are kept. Until then, open the root by another way.`,
  },
  'key-missing': {
    code: 'missing',
    message: (place, detail) =>
      `${capital(nameOf(place))} does not have the key ${detail}: it was deleted there, or the token was initialised. Open the root by another way, and add this token again.`,
  },
  'key-ambiguous': {
    code: 'damaged',
    message: (place, detail) =>
      `${capital(nameOf(place))} has two keys of the same name: ${detail}. Remove the one that is not ours.`,
  },
  'key-replaced': {
    code: 'foreign',
    message: (place, detail) =>
      `The key on ${nameOf(place)} does not open what it once encrypted (id ${detail}): another key was put under its name. Open the root by another way, and add this token again.`,
  },
  'key-exposed': {
    code: 'refused',
    message: (place) =>
      `${capital(nameOf(place))} would hand out the key that it makes, although it was told to keep it. It cannot protect a root.`,
  },
  damaged: {
    code: 'damaged',
    message: (place) =>
      `The key on ${nameOf(place)} is the right one, and does not open what this way's file says: the file is damaged or of another way. Restore it from a backup.`,
  },
  mechanisms: {
    code: 'unsupported',
    message: (place, detail) =>
      `${capital(nameOf(place))} has none of the mechanisms that are needed: CKM_AES_GCM, or CKM_AES_CBC with CKM_SHA256_HMAC or CKM_AES_CMAC, each with keys of 256 bits that it makes itself.${detail && ` It said: ${detail}.`}`,
  },
  device: {
    code: 'unreachable',
    message: (place, detail) => `${capital(nameOf(place))} failed (${detail}). ${UNCHANGED}`,
  },
  timeout: {
    code: 'unreachable',
    message: (place, detail) => `${capital(nameOf(place))} did not answer within ${detail}. ${UNCHANGED}`,
  },
  crashed: {
    code: 'unreachable',
    message: (place, detail) => `The PKCS#11 library ${place.library} ended its process (${detail}). ${UNCHANGED}`,
  },
}

/** The error of a way by a token. Anything but a TokenError is returned as it is. */
export function rootErrorOf(error: unknown, place: TokenPlace): unknown {
  if (!(error instanceof TokenError)) return error
  const { code, message } = FAULTS[error.fault]
  return new RootError(code, message(place, error.message), { cause: error })
}

/** What and where a token is. */
export function nameOf({ label, serial }: Pick<TokenPlace, 'label' | 'serial'>): string {
  return `the token ${label}${serial === undefined ? '' : ` (serial number ${serial})`}`
}

function triesLeft(state: string): string {
  if (state === 'final-try') return ', and has ONE try left before it locks itself'
  if (state === 'locked') return ', and is locked now: its security officer can set a new PIN'
  return ', which cost one of its tries'
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
