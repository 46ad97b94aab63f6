import { readSmallFile } from '../../platform/small-file.ts'
import { BackupError } from '../../backup/backup-error.ts'
import type { Answers, ShareText } from '../../vault/root/ways/kind.ts'
import type { BackupKeys } from './unpacked-backup.ts'

/** What people give to open a backup and the root in it. */
export interface GivenKeys {
  /** Files with age identities. */
  identities?: readonly string[]
  shares?: readonly ShareText[]
  /** Copies of root files. */
  rootFiles?: readonly string[]
  warn?(sentence: string): void
}

const MAX_IDENTITY_BYTES = 64 * 1024
const IDENTITY = /^AGE-SECRET-KEY-(?:PQ-)?1[A-Z0-9]+$/

/** Reads the identities. Throws BackupError `locked` where nothing was given that could open a backup. */
export async function backupKeys({
  identities = [],
  shares = [],
  rootFiles = [],
  warn,
}: GivenKeys): Promise<BackupKeys> {
  const texts = (await Promise.all(identities.map(identitiesIn))).flat()
  const { identitiesOfShares } = await import('../../vault/root/ways/shares/identities.ts')
  const shared = shares.length > 0 ? await identitiesOfShares(shares) : []
  if (texts.length + shared.length === 0) {
    throw new BackupError(
      'locked',
      'A backup opens with the age identity of a recipient (--identity FILE) or recovery shares (--share FILE).',
    )
  }
  const answers: Answers = { rootFiles, identities, shares, ...(warn && { warn }) }
  return { identities: [...texts, ...shared], answers }
}

async function identitiesIn(file: string): Promise<string[]> {
  const lines = new TextDecoder().decode(await readSmallFile(file, MAX_IDENTITY_BYTES)).split(/\r?\n/)
  const found = lines.map((line) => line.trim()).filter((line) => IDENTITY.test(line))
  if (found.length === 0) throw new BackupError('locked', `${file} has no age identity: a line AGE-SECRET-KEY-….`)
  return found
}
