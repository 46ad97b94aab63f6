import type { Handle } from 'pkcs11js'
import { type FoundToken, pinState } from './find-token.ts'
import { type Library, nameOf } from './library.ts'
import type { PinLimit } from './messages.ts'
import { TokenError } from './token-error.ts'

/** A session with a token, in which the user is logged in. */
export interface Session extends Library {
  handle: Handle
}

/**
 * Opens a session and logs in. A wrong PIN costs one of the few tries that a token has, so that its flags are read first: a
 * locked token is not asked, and `limit` says how few tries may be left. Throws TokenError.
 */
export function logIn(library: Library, token: FoundToken, pin: Buffer, limit: PinLimit): Session {
  const { calls, constants } = library
  const before = pinState(library, token)
  if (before === 'unset') throw new TokenError('pin-unset', '')
  if (before === 'locked') throw new TokenError('pin-locked', '')
  if (before === 'final-try' && limit !== 'final-try') throw new TokenError('pin-last-try', '')
  if (before === 'low' && limit === 'good') throw new TokenError('pin-low', '')
  const handle = calls.C_OpenSession(token.slot, constants.CKF_SERIAL_SESSION | constants.CKF_RW_SESSION)
  try {
    // The module takes no bytes. This process has only this to do, and ends then.
    calls.C_Login(handle, constants.CKU_USER, pin.toString())
  } catch (error) {
    throw loginFault(nameOf(error), library, token)
  }
  return { ...library, handle }
}

const REFUSED = new Set(['CKR_PIN_INCORRECT', 'CKR_PIN_INVALID', 'CKR_PIN_LEN_RANGE'])

function loginFault(name: string, library: Library, token: FoundToken): TokenError {
  if (name === 'CKR_PIN_LOCKED') return new TokenError('pin-locked', name)
  if (REFUSED.has(name)) return new TokenError('pin-wrong', pinState(library, token))
  return new TokenError('device', name)
}
