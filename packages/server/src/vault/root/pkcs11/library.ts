import { createRequire } from 'node:module'
import type * as Pkcs11js from 'pkcs11js'
import { TokenError } from './token-error.ts'

type Pkcs11Module = typeof Pkcs11js

/** A library of PKCS#11 that is initialised, and the constants of the standard. */
export interface Library {
  calls: Pkcs11js.PKCS11
  constants: Pkcs11Module
}

/** Loads the optional module and the library of the token's maker. Throws TokenError. */
export function openLibrary(file: string): Library {
  const constants = loadModule()
  const calls = new constants.PKCS11()
  try {
    calls.load(file)
    calls.C_Initialize()
  } catch (error) {
    throw new TokenError('library', nameOf(error))
  }
  return { calls, constants }
}

/** Native and optional: it is looked for only by the process that talks to a token. */
function loadModule(): Pkcs11Module {
  try {
    return createRequire(import.meta.url)('pkcs11js') as Pkcs11Module
  } catch (error) {
    throw new TokenError('module-missing', nameOf(error))
  }
}

/** The name of an error of PKCS#11, such as CKR_PIN_INCORRECT; else the first line of its message. */
export function nameOf(error: unknown): string {
  const text = Error.isError(error) ? error.message : String(error)
  return /\bCKR_[A-Z0-9_]+/.exec(text)?.[0] ?? text.split('\n')[0] ?? ''
}
