/** Where a key is: a library of PKCS#11 and a token in one of its slots. */
export interface TokenPlace {
  /** The file of the library, which the maker of the token gives: `/usr/lib/softhsm/libsofthsm2.so`. */
  library: string
  label: string
  /** Absent only when a key is made: then the label alone must name one token. */
  serial?: string | undefined
}

/** A token that was found, with what tells it from others. */
export interface TokenIdentity {
  label: string
  serial: string
  manufacturer: string
  model: string
}

/** What the token says of the tries that its PIN has left (PKCS#11 2.40, section 3.2, CK_TOKEN_INFO flags). */
export type PinState = 'good' | 'low' | 'final-try' | 'locked' | 'unset'

/** Bytes that a key on a token has encrypted. All values are base64. */
export interface SealedBytes {
  iv: string
  ciphertext: string
  tag: string
}

/** A secret that a token protects, and the keys that do. */
export interface SealedByToken {
  /** The name of a row in `constructions.ts`. */
  construction: string
  /** CKA_LABEL and CKA_ID (hex) of each key: that which encrypts, then that of the MAC, if there is one. */
  keys: readonly { label: string; id: string }[]
  /** Zeros that these keys encrypted. When they do not open, the token has another key under the same name. */
  check: SealedBytes
  secret: SealedBytes
}

/** The worst state of the PIN in which it is tried: a wrong one costs a try, and the last one locks the token. */
export type PinLimit = 'good' | 'low' | 'final-try'

/** What the process that talks to the token is asked. The PIN, and the secret to protect, follow as bytes. */
export type TokenRequest = { place: TokenPlace } & (
  | { deed: 'probe' }
  | { deed: 'protect'; keyLabel: string; binding: string; limit: PinLimit }
  | { deed: 'reveal'; sealed: SealedByToken; binding: string; limit: PinLimit }
  | { deed: 'destroy'; keys: SealedByToken['keys']; limit: PinLimit }
)

/**
 * Why a token does not do what it is asked.
 *
 * | code | meaning |
 * |---|---|
 * | module-missing | the optional package pkcs11js is not installed, or not built |
 * | library | the library of PKCS#11 cannot be loaded or does not initialise |
 * | token-missing | no slot has a token of that label and serial number |
 * | token-replaced | a token has this label, and another serial number |
 * | token-ambiguous | several tokens have this label |
 * | pin-unset | the token has no user PIN yet |
 * | pin-wrong | the token refused the PIN, which costs a try |
 * | pin-low | a wrong PIN was tried before, and another try was not allowed |
 * | pin-last-try | the token has one try left, which was not allowed |
 * | pin-locked | the token takes no PIN any more |
 * | key-missing | the token has no key of that label and id |
 * | key-ambiguous | it has several |
 * | key-replaced | the key of that label and id is another one |
 * | key-exposed | the token would hand out the key that it made |
 * | damaged | the key is the right one, and does not open the secret |
 * | mechanisms | the token has no usable mechanism |
 * | device | the token or its library failed otherwise |
 * | timeout | no answer in time |
 * | crashed | the library ended the process it runs in |
 */
export type TokenFault =
  | 'module-missing'
  | 'library'
  | 'token-missing'
  | 'token-replaced'
  | 'token-ambiguous'
  | 'pin-unset'
  | 'pin-wrong'
  | 'pin-low'
  | 'pin-last-try'
  | 'pin-locked'
  | 'key-missing'
  | 'key-ambiguous'
  | 'key-replaced'
  | 'key-exposed'
  | 'damaged'
  | 'mechanisms'
  | 'device'
  | 'timeout'
  | 'crashed'

/** What it answers. A secret that was revealed follows as bytes. */
export type TokenReply =
  | { token: TokenIdentity; pin: PinState; sealed?: SealedByToken }
  | { fault: TokenFault; detail: string }
