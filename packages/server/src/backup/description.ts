import { lengthPrefixed } from '../crypto/length-prefixed.ts'
import type { WrittenMember } from './archive-writer.ts'
import { BackupError } from './backup-error.ts'

/** What a backup says of itself: its first member, `backup.json` (docs/spec/backup.md). */
export interface Description {
  format: typeof FORMAT
  backupId: string
  /** The full backup that it continues; its own id, if it is one. */
  chain: string
  /** What an incremental one continues directly. */
  base?: { backupId: string; sha256: string; revision: number }
  rootId: string
  /** Of the root whose MAC it has. */
  rootGeneration: number
  madeMs: number
  /** The newest commit in it. */
  revision: number
  /** The newest change in it, as the audit log counts them. */
  sequence: number
  /** The version of the database's schema. */
  schema: number
  domains: Readonly<Record<string, readonly number[]>>
}

/** Its last member, `seal.json`: all others, and the MAC of the root of trust. */
export interface Seal {
  format: typeof FORMAT
  members: readonly WrittenMember[]
  /** In base64. */
  mac: string
}

export const FORMAT = 1

export const MEMBERS = {
  description: 'backup.json',
  manifest: 'keyhold.json',
  canaries: 'canaries.json',
  database: 'keyhold.db',
  seal: 'seal.json',
} as const

/** What the root of trust authenticates, with the context `backup`. */
export function sealMessage(backupId: string, members: readonly WrittenMember[]): Uint8Array {
  const parts = members.flatMap(({ name, bytes, sha256 }) => [name, String(bytes), sha256])
  return lengthPrefixed([String(FORMAT), backupId, ...parts])
}

/** Reads a description. Throws {@link BackupError}: `unsupported` for a later format, `damaged` for what is none. */
export function parseDescription(name: string, content: Uint8Array, file: string): Description {
  const found = name === MEMBERS.description ? jsonOf<Description>(content) : undefined
  if (found?.format !== undefined && found.format > FORMAT) {
    throw new BackupError('unsupported', `A later Keyhold made ${file}. Use that version or a later one.`)
  }
  if (found?.format === FORMAT && typeof found.backupId === 'string' && Number.isSafeInteger(found.revision)) {
    return found as Description
  }
  throw new BackupError('damaged', `${file} opens, but is not a backup of Keyhold.`)
}

/** Reads a seal. Throws {@link BackupError} `damaged` for what is none. */
export function parseSeal(content: Uint8Array, file: string): Seal {
  const found = jsonOf<Seal>(content)
  if (found?.format === FORMAT && Array.isArray(found.members) && typeof found.mac === 'string') return found as Seal
  throw new BackupError('damaged', `${file} opens, but its seal is missing.`)
}

/** A member as JSON. */
export function jsonMember(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`)
}

function jsonOf<T extends { format: number }>(
  content: Uint8Array,
): Partial<Omit<T, 'format'> & { format: number }> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(content))
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

/** Whether two lists of members are the same. */
export function sameMembers(one: readonly WrittenMember[], other: readonly WrittenMember[]): boolean {
  return Buffer.from(sealMessage('', one)).equals(sealMessage('', other))
}
