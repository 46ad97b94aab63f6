/**
 * Why key material cannot be imported. `wrapping`: it does not unwrap; the result does not say at which step. The
 * others describe the unwrapped material: `length` for a secret key of the wrong length, `encoding` for anything but
 * PKCS #8 of one key, `spec` for a valid key of another spec than the KMS key's, `inconsistent` for parts that do not
 * belong together.
 */
export type ImportFault = 'wrapping' | 'length' | 'encoding' | 'spec' | 'inconsistent'
