import { equalInConstantTime } from '../../../crypto/constant-time.ts'
import { type Construction, CONSTRUCTIONS } from './constructions.ts'
import type { FoundToken } from './find-token.ts'
import { type Library, nameOf } from './library.ts'
import type { SealedByToken, SealedBytes } from './messages.ts'
import type { Session } from './session.ts'
import { TokenError } from './token-error.ts'
import { destroyKeys, findKeys, makeKeys } from './token-keys.ts'

/** What a key encrypts so that it can be recognised: its ciphertext says nothing of another one. */
const CHECK = Buffer.alloc(32)
const CHECK_LABEL = Buffer.from('keyhold/root/pkcs11/check\0')

/**
 * Protects a secret of whole blocks of AES by keys that the token makes, by the first construction whose mechanisms it has
 * and which opens again what it sealed: some tokens choose an IV of their own, and do not say which.
 */
export function protect(
  session: Session,
  token: FoundToken,
  { keyLabel, binding }: { keyLabel: string; binding: Buffer },
  secret: Buffer,
): SealedByToken {
  const usable = CONSTRUCTIONS.filter((one) => hasMechanisms(session, token, one))
  const failures: string[] = []
  for (const construction of usable) {
    try {
      return protectBy(construction, session, keyLabel, binding, secret)
    } catch (error) {
      if (error instanceof TokenError) throw error
      failures.push(`${construction.name}: ${nameOf(error)}`)
    }
  }
  throw new TokenError('mechanisms', failures.join('; '))
}

/** The secret. Throws TokenError, which tells another key from a damaged secret. */
export function reveal(session: Session, sealed: SealedByToken, binding: Buffer): Buffer {
  const construction = CONSTRUCTIONS.find(({ name }) => name === sealed.construction)
  if (construction === undefined || construction.purposes.length !== sealed.keys.length)
    throw new TokenError('mechanisms', sealed.construction)
  const keys = findKeys(session, sealed.keys)
  const open = (associated: Buffer, bytes: SealedBytes): Buffer | undefined =>
    opened(() => construction.open(session, keys, associated, bytes))
  const check = open(CHECK_LABEL, sealed.check)
  if (check === undefined || !equalInConstantTime(check, CHECK))
    throw new TokenError('key-replaced', sealed.keys.map(({ id }) => id).join(', '))
  const secret = open(binding, sealed.secret)
  if (secret === undefined) throw new TokenError('damaged', '')
  return secret
}

function protectBy(
  construction: Construction,
  session: Session,
  keyLabel: string,
  binding: Buffer,
  secret: Buffer,
): SealedByToken {
  const made = makeKeys(session, construction, keyLabel)
  const handles = made.map(({ handle }) => handle)
  try {
    const sealed = {
      construction: construction.name,
      keys: made.map(({ label, id }) => ({ label, id })),
      check: construction.seal(session, handles, CHECK_LABEL, CHECK),
      secret: construction.seal(session, handles, binding, secret),
    }
    const again = reveal(session, sealed, binding)
    const isSame = equalInConstantTime(again, secret)
    again.fill(0)
    if (!isSame) throw new Error('it does not open what it sealed')
    return sealed
  } catch (error) {
    destroyKeys(session, handles)
    throw error instanceof TokenError ? new Error(`${error.fault} at once`, { cause: error }) : error
  }
}

function hasMechanisms({ calls, constants }: Library, { slot }: FoundToken, construction: Construction): boolean {
  const there = new Set(calls.C_GetMechanismList(slot))
  return construction.needs(constants).every(({ mechanism, flags }) => {
    if (!there.has(mechanism)) return false
    const { flags: has } = calls.C_GetMechanismInfo(slot, mechanism)
    return (has & flags) === flags
  })
}

/** What tokens say of bytes that are not authentic: the standard names no single error. */
const NOT_AUTHENTIC = new Set([
  'CKR_ENCRYPTED_DATA_INVALID',
  'CKR_ENCRYPTED_DATA_LEN_RANGE',
  'CKR_SIGNATURE_INVALID',
  'CKR_SIGNATURE_LEN_RANGE',
  'CKR_AEAD_DECRYPT_FAILED',
  'CKR_GENERAL_ERROR',
  'CKR_FUNCTION_FAILED',
  'CKR_DATA_INVALID',
  'CKR_MECHANISM_PARAM_INVALID',
  'CKR_ARGUMENTS_BAD',
])

function opened(open: () => Buffer | undefined): Buffer | undefined {
  try {
    return open()
  } catch (error) {
    if (NOT_AUTHENTIC.has(nameOf(error))) return undefined
    throw error
  }
}
