import type { Random } from '../platform/random.ts'

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/**
 * What an identifier's first letters say of it (IAM User Guide, "IAM identifiers", unique identifiers). `AKIA` and
 * `ASIA` are access keys: long-term ones and those of sessions.
 */
type Prefix = 'AIDA' | 'AROA' | 'AGPA' | 'ANPA' | 'AIPA' | 'AKIA' | 'ASIA'

const ACCESS_KEYS: readonly Prefix[] = ['AKIA', 'ASIA']

/**
 * AWS's form: a prefix that names the kind, then base32: 16 characters, 80 random bits, of an access key id, and 17 of the
 * unique id of a user, role, group, policy or instance profile. Earlier builds gave 16 to those too, and such ids stay as they are.
 */
export function identifier(prefix: Prefix, random: Random): string {
  const characters = ACCESS_KEYS.includes(prefix) ? 16 : 17
  return prefix + Array.from(random.bytes(characters), (byte) => BASE32[byte & 31]).join('')
}
