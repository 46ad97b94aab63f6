/**
 * Why key material cannot be imported. `wrapping`: it does not unwrap, and nobody learns at which step. The others are
 * about what came out: `length` of a secret key, `encoding` that is no PKCS #8 of one key, `spec` when it is a sound key
 * but not of the KMS key's spec, `inconsistent` when its parts do not belong together.
 */
export type ImportFault = 'wrapping' | 'length' | 'encoding' | 'spec' | 'inconsistent'
