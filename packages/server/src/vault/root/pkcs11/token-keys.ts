import { randomBytes } from 'node:crypto'
import type { Handle, Template } from 'pkcs11js'
import type { Construction, KeyPurpose } from './constructions.ts'
import type { SealedByToken } from './messages.ts'
import type { Session } from './session.ts'
import { TokenError } from './token-error.ts'

/** A key on the token, and the names to find it by. */
export interface TokenKey {
  handle: Handle
  label: string
  id: string
}

const KEY_BYTES = 32
const ID_BYTES = 16

/**
 * Makes the keys of a construction on the token, which keeps them: they are sensitive, cannot be extracted, and no attribute of
 * them can be changed. Throws TokenError `key-exposed` if the token did not obey, and leaves no key then.
 */
export function makeKeys(session: Session, construction: Construction, label: string): TokenKey[] {
  const made: TokenKey[] = []
  try {
    for (const purpose of construction.purposes) made.push(makeKey(session, purpose, `${label} ${purpose.name}`))
    for (const { handle } of made) requireKept(session, handle)
    return made
  } catch (error) {
    destroyKeys(
      session,
      made.map((key) => key.handle),
    )
    throw error
  }
}

/** Destroys keys that protect nothing. */
export function destroyKeys({ calls, handle: session }: Session, keys: readonly Handle[]): void {
  for (const key of keys) calls.C_DestroyObject(session, key)
}

/** Finds each of the keys that protect a secret. Throws TokenError if one is missing, or there are two of it. */
export function findKeys(session: Session, keys: SealedByToken['keys']): Handle[] {
  const { calls, constants, handle } = session
  return keys.map(({ label, id }) => {
    const template = [
      { type: constants.CKA_CLASS, value: constants.CKO_SECRET_KEY },
      { type: constants.CKA_LABEL, value: label },
      { type: constants.CKA_ID, value: Buffer.from(id, 'hex') },
    ]
    calls.C_FindObjectsInit(handle, template)
    const found = calls.C_FindObjects(handle, 2)
    calls.C_FindObjectsFinal(handle)
    const [key, second] = found
    if (key === undefined) throw new TokenError('key-missing', `${label}, id ${id}`)
    if (second !== undefined) throw new TokenError('key-ambiguous', `${label}, id ${id}`)
    return key
  })
}

function makeKey(session: Session, purpose: KeyPurpose, label: string): TokenKey {
  const { calls, constants, handle } = session
  const id = randomBytes(ID_BYTES)
  const isCipher = purpose.name === 'encrypt'
  const template: Template = [
    { type: constants.CKA_CLASS, value: constants.CKO_SECRET_KEY },
    { type: constants.CKA_KEY_TYPE, value: purpose.keyType(constants) },
    { type: constants.CKA_VALUE_LEN, value: KEY_BYTES },
    { type: constants.CKA_LABEL, value: label },
    { type: constants.CKA_ID, value: id },
    { type: constants.CKA_TOKEN, value: true },
    { type: constants.CKA_PRIVATE, value: true },
    { type: constants.CKA_SENSITIVE, value: true },
    { type: constants.CKA_EXTRACTABLE, value: false },
    { type: constants.CKA_MODIFIABLE, value: false },
    { type: constants.CKA_ENCRYPT, value: isCipher },
    { type: constants.CKA_DECRYPT, value: isCipher },
    { type: constants.CKA_SIGN, value: !isCipher },
    { type: constants.CKA_VERIFY, value: !isCipher },
    { type: constants.CKA_WRAP, value: false },
    { type: constants.CKA_UNWRAP, value: false },
  ]
  const key = calls.C_GenerateKey(handle, { mechanism: purpose.generation(constants) }, template)
  return { handle: key, label, id: id.toString('hex') }
}

/** Some tokens ignore a template, and give a key that can be read. */
function requireKept({ calls, constants, handle }: Session, key: Handle): void {
  const wanted = [
    { type: constants.CKA_SENSITIVE, expected: 1 },
    { type: constants.CKA_EXTRACTABLE, expected: 0 },
  ]
  const values = calls.C_GetAttributeValue(
    handle,
    key,
    wanted.map(({ type }) => ({ type })),
  )
  const isKept = wanted.every(({ expected }, index) => values[index]?.value[0] === expected)
  if (!isKept) throw new TokenError('key-exposed', 'CKA_SENSITIVE, CKA_EXTRACTABLE')
}
