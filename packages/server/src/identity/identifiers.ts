import type { Random } from '../platform/random.ts'

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/**
 * What an identifier's first letters say of it (IAM User Guide, "IAM identifiers", unique identifiers). `AKIA` and
 * `ASIA` are access keys: long-term ones and those of sessions.
 */
type Prefix = 'AIDA' | 'AROA' | 'AGPA' | 'ANPA' | 'AKIA' | 'ASIA'

/** AWS's form: a prefix that names the kind, then 16 characters of base32: 80 random bits. */
export function identifier(prefix: Prefix, random: Random): string {
  return prefix + Array.from(random.bytes(16), (byte) => BASE32[byte & 31]).join('')
}
