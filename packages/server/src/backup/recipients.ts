import { formOf } from '../vault/root/ways/way-key.ts'
import type { Authentic } from '../vault/records/authentic.ts'
import type { Changeset } from '../vault/records/changeset.ts'
import type { RecordReader } from '../vault/records/records.ts'
import { putSetting, type SettingRecord, settingTable } from '../vault/records/setting.ts'
import { BackupError } from './backup-error.ts'

/** More than a person can look after. Each adds two kilobytes to a backup. */
const MAX_RECIPIENTS = 32
const SETTING = { name: 'backup-recipients' }

/** The recipients that operators chose, as they are stored: authentic, as all rows are. */
export interface StoredRecipients {
  recipients: readonly string[]
  row: Authentic<SettingRecord> | undefined
}

export async function storedRecipients({ records }: { records: Pick<RecordReader, 'get'> }): Promise<StoredRecipients> {
  const row = await records.get(settingTable, SETTING)
  return { recipients: row === undefined ? [] : (JSON.parse(row.value.text) as string[]), row }
}

/** Adds to `changes` that these are the recipients. Throws {@link BackupError} `recipients` for what is none, and for too many. */
export async function putRecipients(
  recipients: readonly string[],
  row: StoredRecipients['row'],
  changes: Changeset,
): Promise<void> {
  await requireRecipients(recipients)
  putSetting({ ...SETTING, text: JSON.stringify(recipients) }, row, changes)
}

/** Throws {@link BackupError} `recipients` for what is none, and for too many. */
export async function requireRecipients(recipients: readonly string[]): Promise<void> {
  if (recipients.length > MAX_RECIPIENTS) throw refused(`A data folder has at most ${MAX_RECIPIENTS} recipients.`)
  for (const recipient of recipients) {
    if ((await formOf(recipient)) === undefined) throw refused(`${shown(recipient)} is not an age recipient.`)
  }
}

/** A secret identity that was given by mistake must not be shown. */
function shown(text: string): string {
  return /^age1[a-z0-9]+$/.test(text) ? text : 'The text given'
}

function refused(message: string): BackupError {
  return new BackupError('recipients', message)
}
