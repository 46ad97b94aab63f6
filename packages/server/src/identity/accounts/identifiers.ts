import { sha256Bytes } from '../../crypto/sha256.ts'
import type { Random } from '../../platform/random.ts'

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/**
 * The first letters of an identifier, which tell its kind (IAM User Guide, "IAM identifiers", unique identifiers).
 * `AKIA` and `ASIA` are access keys: long-term ones and those of sessions.
 */
type Prefix = 'AIDA' | 'AROA' | 'AGPA' | 'ANPA' | 'AIPA' | 'AKIA' | 'ASIA'

const ACCESS_KEYS: readonly Prefix[] = ['AKIA', 'ASIA']

/**
 * Returns an identifier in AWS's format: a prefix for the kind, then base32: 16 characters (80 random bits) for an
 * access key id, and 17 for the unique id of a user, role, group, policy or instance profile. Earlier builds used 16
 * for those too; such ids stay unchanged.
 */
export function identifier(prefix: Prefix, random: Random): string {
  const characters = ACCESS_KEYS.includes(prefix) ? 16 : 17
  return prefix + base32(random.bytes(characters))
}

/**
 * Returns at most 32 base32 characters that are always the same for the same name, for identifiers that are not known.
 */
export function base32Of(name: string, characters: number): string {
  return base32(sha256Bytes(Buffer.from(name)).subarray(0, characters))
}

function base32(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => BASE32[byte & 31]).join('')
}
