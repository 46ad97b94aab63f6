import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FoundToken } from '../../../../src/vault/root/pkcs11/find-token.ts'
import type { Library } from '../../../../src/vault/root/pkcs11/library.ts'
import type { PinLimit } from '../../../../src/vault/root/pkcs11/messages.ts'
import { logIn } from '../../../../src/vault/root/pkcs11/session.ts'

/** PKCS#11 2.40, section 3.2. SoftHSM2 sets neither of the last two. */
const FLAGS = {
  CKF_USER_PIN_INITIALIZED: 0x8,
  CKF_USER_PIN_COUNT_LOW: 0x1_0000,
  CKF_USER_PIN_FINAL_TRY: 0x2_0000,
  CKF_USER_PIN_LOCKED: 0x4_0000,
}
const { CKF_USER_PIN_INITIALIZED: SET, CKF_USER_PIN_COUNT_LOW: LOW, CKF_USER_PIN_FINAL_TRY: FINAL } = FLAGS
const LOCKED = FLAGS.CKF_USER_PIN_LOCKED
const TOKEN = { slot: Buffer.alloc(8) } as FoundToken
const PIN = Buffer.from('1234')

/** A token with these flags, which answers a login with an error of this name, or accepts it. */
function token(flags: number, error?: string, flagsAfter = flags): { library: Library; logins(): number } {
  let logins = 0
  const calls = {
    C_GetTokenInfo: () => ({ flags: logins === 0 ? flags : flagsAfter }),
    C_OpenSession: () => Buffer.alloc(8),
    C_Login() {
      logins += 1
      if (error !== undefined) throw new Error(`${error}:160\n    at PKCS11.C_Login`)
    },
  }
  return { library: { calls, constants: FLAGS } as unknown as Library, logins: () => logins }
}

function outcome(library: Library, limit: PinLimit): string {
  try {
    logIn(library, TOKEN, PIN, limit)
    return 'in'
  } catch (error) {
    const { fault, message } = error as { fault: string; message: string }
    return `${fault} ${message}`.trim()
  }
}

/** What the token's flags allow, by the limit: a login, or what is said without one. */
const STATES: readonly [flags: number, good: string, low: string, finalTry: string][] = [
  [0, 'pin-unset', 'pin-unset', 'pin-unset'],
  [SET, 'in', 'in', 'in'],
  [SET | LOW, 'pin-low', 'in', 'in'],
  [SET | LOW | FINAL, 'pin-last-try', 'pin-last-try', 'in'],
  [SET | FINAL, 'pin-last-try', 'pin-last-try', 'in'],
  [SET | LOW | FINAL | LOCKED, 'pin-locked', 'pin-locked', 'pin-locked'],
  [SET | LOCKED, 'pin-locked', 'pin-locked', 'pin-locked'],
]

test('the flags of a token are read before a PIN is tried, and its last try is spent only where that is allowed', () => {
  for (const [flags, ...expected] of STATES) {
    for (const [index, limit] of (['good', 'low', 'final-try'] as const).entries()) {
      const { library, logins } = token(flags)
      assert.equal(outcome(library, limit), expected[index], `${flags.toString(16)} ${limit}`)
      assert.equal(logins(), expected[index] === 'in' ? 1 : 0)
    }
  }
})

test('a PIN that is refused is named with what is left, and tried once', () => {
  const refused: readonly [error: string, after: number, said: string][] = [
    ['CKR_PIN_INCORRECT', SET | LOW, 'pin-wrong low'],
    ['CKR_PIN_INCORRECT', SET | LOW | FINAL, 'pin-wrong final-try'],
    ['CKR_PIN_INCORRECT', SET | LOCKED, 'pin-wrong locked'],
    ['CKR_PIN_LEN_RANGE', SET, 'pin-wrong good'],
    ['CKR_PIN_LOCKED', SET | LOCKED, 'pin-locked CKR_PIN_LOCKED'],
    ['CKR_DEVICE_REMOVED', SET, 'device CKR_DEVICE_REMOVED'],
  ]
  for (const [error, after, said] of refused) {
    const { library, logins } = token(SET, error, after)
    assert.equal(outcome(library, 'low'), said)
    assert.equal(logins(), 1)
  }
})
