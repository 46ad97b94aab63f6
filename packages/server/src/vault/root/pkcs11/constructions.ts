import { randomBytes } from 'node:crypto'
import type { Handle, Mechanism } from 'pkcs11js'
import type { Library } from './library.ts'
import type { SealedBytes } from './messages.ts'
import type { Session } from './session.ts'

type Constants = Library['constants']

/** What a key of a construction is for: a row of the template that makes it. */
export interface KeyPurpose {
  /** The last part of its label. */
  name: 'encrypt' | 'mac'
  keyType(constants: Constants): number
  generation(constants: Constants): number
}

/** A way to encrypt and authenticate with keys that never leave a token. */
export interface Construction {
  name: string
  purposes: readonly KeyPurpose[]
  /** The mechanisms that the token must have, each with the flags that it must have there. */
  needs(constants: Constants): readonly { mechanism: number; flags: number }[]
  seal(session: Session, keys: readonly Handle[], binding: Buffer, plaintext: Buffer): SealedBytes
  /** Throws what the token does when the bytes are not authentic, or returns `undefined`. */
  open(session: Session, keys: readonly Handle[], binding: Buffer, sealed: SealedBytes): Buffer | undefined
}

const BLOCK_BYTES = 16
const TAG_BYTES = 16
const GCM_IV_BYTES = 12

const AES: Pick<KeyPurpose, 'keyType' | 'generation'> = {
  keyType: (constants) => constants.CKK_AES,
  generation: (constants) => constants.CKM_AES_KEY_GEN,
}
const GENERIC: Pick<KeyPurpose, 'keyType' | 'generation'> = {
  keyType: (constants) => constants.CKK_GENERIC_SECRET,
  generation: (constants) => constants.CKM_GENERIC_SECRET_KEY_GEN,
}

/**
 * AES-256-GCM (NIST SP 800-38D; PKCS#11 2.40, section 2.12). The IV of 96 bits is random (section 8.2.2); a key encrypts two
 * messages in its life.
 */
const GCM: Construction = {
  name: 'aes-256-gcm',
  purposes: [{ name: 'encrypt', ...AES }],
  needs: (constants) => [
    { mechanism: constants.CKM_AES_KEY_GEN, flags: constants.CKF_GENERATE },
    { mechanism: constants.CKM_AES_GCM, flags: constants.CKF_ENCRYPT | constants.CKF_DECRYPT },
  ],
  seal(session, [key], binding, plaintext) {
    const iv = randomBytes(GCM_IV_BYTES)
    const sealed = encrypt(session, gcm(session, iv, binding), key, plaintext)
    const end = sealed.byteLength - TAG_BYTES
    return encoded(iv, sealed.subarray(0, end), sealed.subarray(end))
  },
  open(session, [key], binding, sealed) {
    const { iv, ciphertext, tag } = decoded(sealed)
    return decrypt(session, gcm(session, iv, binding), key, Buffer.concat([ciphertext, tag]))
  },
}

/**
 * AES-256-CBC without padding, then a MAC under a key of its own over what RFC 7518, section 5.2.2.1, lists: the binding, the
 * IV, the ciphertext, and the length of the binding. Encrypt-then-MAC keeps what was modified from being decrypted.
 */
function cbcThenMac(
  name: string,
  mac: Pick<KeyPurpose, 'keyType' | 'generation'>,
  mechanismOf: (constants: Constants) => number,
): Construction {
  return {
    name,
    purposes: [
      { name: 'encrypt', ...AES },
      { name: 'mac', ...mac },
    ],
    needs: (constants) => [
      { mechanism: constants.CKM_AES_KEY_GEN, flags: constants.CKF_GENERATE },
      { mechanism: constants.CKM_AES_CBC, flags: constants.CKF_ENCRYPT | constants.CKF_DECRYPT },
      { mechanism: mac.generation(constants), flags: constants.CKF_GENERATE },
      { mechanism: mechanismOf(constants), flags: constants.CKF_SIGN | constants.CKF_VERIFY },
    ],
    seal(session, [key, macKey], binding, plaintext) {
      const { constants, calls, handle } = session
      const iv = randomBytes(BLOCK_BYTES)
      const ciphertext = encrypt(session, { mechanism: constants.CKM_AES_CBC, parameter: iv }, key, plaintext)
      calls.C_SignInit(handle, { mechanism: mechanismOf(constants) }, present(macKey))
      const tag = calls.C_Sign(handle, covered(binding, iv, ciphertext), Buffer.alloc(64))
      return encoded(iv, ciphertext, tag)
    },
    open(session, [key, macKey], binding, sealed) {
      const { constants, calls, handle } = session
      const { iv, ciphertext, tag } = decoded(sealed)
      // The token compares, in constant time where its maker took care.
      calls.C_VerifyInit(handle, { mechanism: mechanismOf(constants) }, present(macKey))
      if (!calls.C_Verify(handle, covered(binding, iv, ciphertext), tag)) return undefined
      return decrypt(session, { mechanism: constants.CKM_AES_CBC, parameter: iv }, key, ciphertext)
    },
  }
}

/** In the order in which they are tried. HMAC is RFC 2104, CMAC is NIST SP 800-38B; tokens such as the Nitrokey HSM have no GCM. */
export const CONSTRUCTIONS: readonly Construction[] = [
  GCM,
  cbcThenMac('aes-256-cbc+hmac-sha256', GENERIC, (constants) => constants.CKM_SHA256_HMAC),
  cbcThenMac('aes-256-cbc+aes-256-cmac', AES, (constants) => constants.CKM_AES_CMAC),
]

function gcm({ constants }: Session, iv: Buffer, aad: Buffer): Mechanism {
  const sizes = { ivBits: iv.byteLength * 8, tagBits: TAG_BYTES * 8 }
  const parameter = { type: constants.CK_PARAMS_AES_GCM_v240, iv, aad, ...sizes }
  return { mechanism: constants.CKM_AES_GCM, parameter }
}

function encrypt({ calls, handle }: Session, mechanism: Mechanism, key: Handle | undefined, bytes: Buffer): Buffer {
  calls.C_EncryptInit(handle, mechanism, present(key))
  return calls.C_Encrypt(handle, bytes, Buffer.alloc(bytes.byteLength + 4 * BLOCK_BYTES))
}

function decrypt({ calls, handle }: Session, mechanism: Mechanism, key: Handle | undefined, bytes: Buffer): Buffer {
  calls.C_DecryptInit(handle, mechanism, present(key))
  return calls.C_Decrypt(handle, bytes, Buffer.alloc(bytes.byteLength + BLOCK_BYTES))
}

/** A | IV | E | AL: the length of A in bits, in 64 bits. */
function covered(binding: Buffer, iv: Buffer, ciphertext: Buffer): Buffer {
  const length = Buffer.alloc(8)
  length.writeBigUInt64BE(BigInt(binding.byteLength) * 8n)
  return Buffer.concat([binding, iv, ciphertext, length])
}

function present(key: Handle | undefined): Handle {
  if (key === undefined) throw new Error('a construction is used without one of its keys')
  return key
}

function encoded(iv: Buffer, ciphertext: Buffer, tag: Buffer): SealedBytes {
  const [one, two, three] = [iv, ciphertext, tag].map((bytes) => bytes.toString('base64'))
  return { iv: one ?? '', ciphertext: two ?? '', tag: three ?? '' }
}

function decoded({ iv, ciphertext, tag }: SealedBytes): { iv: Buffer; ciphertext: Buffer; tag: Buffer } {
  return {
    iv: Buffer.from(iv, 'base64'),
    ciphertext: Buffer.from(ciphertext, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  }
}
