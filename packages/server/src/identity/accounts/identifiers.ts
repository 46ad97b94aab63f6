import { sha256Bytes } from '../../crypto/sha256.ts'
import type { Random } from '../../platform/random.ts'

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
  return prefix + base32(random.bytes(characters))
}

/** `characters` of base32, 32 at most, that are the same for the same name: for identifiers that nobody gave. */
export function base32Of(name: string, characters: number): string {
  return base32(sha256Bytes(Buffer.from(name)).subarray(0, characters))
}

function base32(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => BASE32[byte & 31]).join('')
}
