import type { Handle } from 'pkcs11js'
import type { Library } from './library.ts'
import type { PinState, TokenIdentity, TokenPlace } from './messages.ts'
import { TokenError } from './token-error.ts'

/** A token in its slot. */
export interface FoundToken extends TokenIdentity {
  slot: Handle
}

/**
 * The token of a place. Its serial number is what counts: a label can be given to any token, and a token that was
 * initialised again under its old label has lost its keys. Throws TokenError.
 */
export function findToken({ calls }: Library, { label, serial }: TokenPlace): FoundToken {
  const tokens = calls
    .C_GetSlotList(true)
    .flatMap((slot) => tokenIn(calls, slot) ?? [])
    // A token without a label was not initialised.
    .filter((token) => token.label !== '')
  const labelled = tokens.filter((token) => token.label === label)
  if (serial === undefined) return onlyOne(labelled, label)
  const found = tokens.find((token) => token.serial === serial && token.label === label)
  if (found !== undefined) return found
  const [other] = labelled
  if (other !== undefined) throw new TokenError('token-replaced', other.serial)
  throw new TokenError('token-missing', tokens.map((token) => `${token.label} (${token.serial})`).join(', '))
}

/** What the token says now of its PIN. Reading it costs no try. */
export function pinState({ calls, constants }: Library, { slot }: FoundToken): PinState {
  const { flags } = calls.C_GetTokenInfo(slot)
  const has = (flag: number): boolean => (flags & flag) !== 0
  if (!has(constants.CKF_USER_PIN_INITIALIZED)) return 'unset'
  if (has(constants.CKF_USER_PIN_LOCKED)) return 'locked'
  if (has(constants.CKF_USER_PIN_FINAL_TRY)) return 'final-try'
  return has(constants.CKF_USER_PIN_COUNT_LOW) ? 'low' : 'good'
}

function onlyOne(tokens: readonly FoundToken[], label: string): FoundToken {
  const [first, second] = tokens
  if (second !== undefined) throw new TokenError('token-ambiguous', tokens.map(({ serial }) => serial).join(', '))
  if (first === undefined) throw new TokenError('token-missing', label)
  return first
}

/** A slot can lose its token between two calls. */
function tokenIn(calls: Library['calls'], slot: Handle): FoundToken | undefined {
  try {
    const { label, serialNumber, manufacturerID, model } = calls.C_GetTokenInfo(slot)
    return {
      slot,
      label: unpadded(label),
      serial: unpadded(serialNumber),
      manufacturer: unpadded(manufacturerID),
      model: unpadded(model),
    }
  } catch {
    return undefined
  }
}

/** PKCS#11 pads texts with blanks; some tokens do with zeros. */
function unpadded(text: string): string {
  return text.replace(/[\s\0]+$/, '')
}
