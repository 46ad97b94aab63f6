import { Secret } from '@keyhold/protocol'
import type { Random } from '../../../platform/random.ts'

/**
 * The key of a way: an age identity (https://c2sp.org/age), whose public half is the way's recipient. age-encryption is loaded
 * when a way is opened or written, and not before.
 */

/** `hybrid`: ML-KEM-768 and X25519. `x25519`: for tools that read no other. */
export type WayKeyForm = 'hybrid' | 'x25519'

/** The secret half of a way key. */
export interface WayKey {
  form: WayKeyForm
  /** 32 bytes: the seed of the hybrid key pair, or the X25519 scalar. */
  seed: Secret
}

const WAY_KEY_BYTES = 32
/** The prefixes of identities and recipients in Bech32. */
const PREFIXES = { hybrid: ['AGE-SECRET-KEY-PQ-', 'age1pq'], x25519: ['AGE-SECRET-KEY-', 'age'] } as const
const RECIPIENT_BYTES = { hybrid: 1216, x25519: 32 } as const

export function freshWayKey(form: WayKeyForm, random: Random): WayKey {
  return { form, seed: random.secret(WAY_KEY_BYTES) }
}

/** The identity as age writes it: `AGE-SECRET-KEY-PQ-1…` or `AGE-SECRET-KEY-1…`. A string, which cannot be wiped. */
export async function identityOf({ form, seed }: WayKey): Promise<string> {
  const { bech32 } = await import('@scure/base')
  return bech32.encodeFromBytes(PREFIXES[form][0], seed.reveal()).toUpperCase()
}

/** Returns `undefined` for a text that is no native age identity. */
export async function parseIdentity(text: string): Promise<WayKey | undefined> {
  const { bech32 } = await import('@scure/base')
  const decoded = text === text.toUpperCase() ? bech32.decodeUnsafe(text.toLowerCase()) : undefined
  const form = formWith(0, decoded?.prefix.toUpperCase())
  const seed = decoded && bech32.fromWordsUnsafe(decoded.words)
  return form && seed?.byteLength === WAY_KEY_BYTES ? { form, seed: Secret.of(seed) } : undefined
}

/** The form of a recipient, or `undefined` for a text that is no native age recipient. */
export async function formOf(recipient: string): Promise<WayKeyForm | undefined> {
  const { bech32 } = await import('@scure/base')
  const decoded = recipient === recipient.toLowerCase() ? bech32.decodeUnsafe(recipient, false) : undefined
  const form = formWith(1, decoded?.prefix)
  const bytes = decoded && bech32.fromWordsUnsafe(decoded.words)
  return form && bytes?.byteLength === RECIPIENT_BYTES[form] ? form : undefined
}

/** The public half. */
export async function recipientOf(key: WayKey): Promise<string> {
  const { identityToRecipient } = await import('age-encryption')
  return identityToRecipient(await identityOf(key))
}

/** `bytes` as an age file that each of the recipients opens. */
export async function encryptTo(recipients: readonly string[], bytes: Uint8Array): Promise<Uint8Array> {
  const { Encrypter } = await import('age-encryption')
  const encrypter = new Encrypter()
  for (const recipient of recipients) encrypter.addRecipient(recipient)
  return encrypter.encrypt(bytes)
}

/** Returns `undefined` when the key does not open the age file, or the file is damaged. The caller wipes the result. */
export async function decryptWith(key: WayKey, file: Uint8Array): Promise<Uint8Array | undefined> {
  const { Decrypter } = await import('age-encryption')
  const decrypter = new Decrypter()
  decrypter.addIdentity(await identityOf(key))
  return decrypter.decrypt(file).catch(() => undefined)
}

function formWith(half: 0 | 1, prefix: string | undefined): WayKeyForm | undefined {
  return (['hybrid', 'x25519'] as const).find((form) => PREFIXES[form][half] === prefix)
}
