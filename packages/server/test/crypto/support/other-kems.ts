import { ml_kem512, ml_kem768, ml_kem1024 } from '@noble/post-quantum/ml-kem.js'

/** noble's ML-KEM, with the bytes of public keys and ciphertexts. Source: FIPS 203, table 3. */
export const NOBLE_KEMS = [
  { spec: 'ML_KEM_512', noble: ml_kem512, publicKeyBytes: 800, ciphertextBytes: 768 },
  { spec: 'ML_KEM_768', noble: ml_kem768, publicKeyBytes: 1184, ciphertextBytes: 1088 },
  { spec: 'ML_KEM_1024', noble: ml_kem1024, publicKeyBytes: 1568, ciphertextBytes: 1568 },
] as const
