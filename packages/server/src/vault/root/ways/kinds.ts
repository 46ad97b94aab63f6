import type { RegisteredKind } from './kind.ts'

/** Every kind of way, loaded when a folder has one. */
const KINDS: Readonly<Record<string, () => Promise<RegisteredKind>>> = {
  file: async () => (await import('./file.ts')).fileKind,
  shares: async () => (await import('./shares.ts')).sharesKind,
  kms: async () => (await import('./kms.ts')).kmsKind,
  pkcs11: async () => (await import('./pkcs11.ts')).pkcs11Kind,
  passphrase: async () => (await import('./passphrase.ts')).passphraseKind,
  credential: async () => (await import('./credential.ts')).credentialKind,
  recipient: async () => (await import('./recipient.ts')).recipientKind,
  tpm2: async () => (await import('./tpm2.ts')).tpm2Kind,
}

/** Returns `undefined` for a kind that a later Keyhold has. */
export async function kindNamed(kind: string): Promise<RegisteredKind | undefined> {
  return Object.hasOwn(KINDS, kind) ? KINDS[kind]?.() : undefined
}
