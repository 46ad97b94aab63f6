import { access, readFile, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { plantCanaries, type Sealer } from '../../backup/canaries.ts'
import {
  catalogued,
  forgettable,
  MAX_CHAIN,
  readTip,
  recordBackup,
  removeBackupFile,
  type Retention,
  superfluous,
  type Tip,
} from '../../backup/catalog.ts'
import { type Drill, putDrill } from '../../backup/last-drill.ts'
import { type MadeBackup, makeBackup } from '../../backup/make-backup.ts'
import { placeOf } from '../../backup/place.ts'
import { putRecipients, storedRecipients } from '../../backup/recipients.ts'
import type { BackupRecord } from '../../vault/records/backup.ts'
import { Changeset } from '../../vault/records/changeset.ts'
import type { UnsealedRoot } from '../../vault/root/root.ts'
import { removedWays } from '../../vault/records/removed-ways.ts'
import { readWays, waysFolder } from '../../vault/root/ways/folder.ts'
import { judge } from '../../vault/root/ways/way.ts'
import { commitDeed, type OperatorContext } from './deed.ts'
import { operatorAccount } from './operator-account.ts'
import { OperatorError } from './operator-error.ts'

/** An open data folder that can be backed up. */
export interface BackupContext extends OperatorContext {
  folder: string
  root: UnsealedRoot
  hierarchy: OperatorContext['hierarchy'] & Sealer
}

export interface BackupOptions {
  /** An existing folder, or the name of a file to make. */
  to: string
  /** `more` continues the newest backup where that is possible, and is a full one where it is not. */
  kind: 'full' | 'more'
  /** Whether the database of a full one is unpacked and compared with its ledger before the backup counts. */
  opens: boolean
  retention?: Retention
  /** Gives it up. */
  signal?: AbortSignal
}

/** A backup that was made, and what was removed for it. */
export interface BackupDone extends MadeBackup {
  recipients: readonly string[]
  removed: readonly BackupRecord[]
}

/** Kinds of ways whose secret half is kept away from the machine: what is encrypted to them opens without it. */
const RECOVERY_KINDS: ReadonlySet<string> = new Set(['shares', 'recipient'])
const ATTEMPTS = 5

/**
 * Makes a backup while the folder is in use, and takes it down in the catalog. Throws BackupError; the catalog has only what has
 * its final name.
 */
export async function backUp(options: BackupOptions, context: BackupContext): Promise<BackupDone> {
  const { folder, root, clock, random, records, hierarchy } = context
  const place = await placeOf(options.to, folder)
  const recipients = await recipientsOf(context)
  const { tip } = options.kind === 'more' ? await readTip(records) : {}
  const base = tip && (await continues(tip, { recipients, folder: place.folder }, context)) ? tip : undefined
  const made = await makeBackup({
    folder,
    root,
    ledgerKey: await root.ledgerKey(),
    recipients,
    place,
    madeMs: clock.now(),
    canaries: await plantCanaries(hierarchy, random),
    ways: await waysOf(folder),
    opens: options.opens,
    random,
    signal: options.signal,
    ...(base && { base }),
  })
  await record(made, { recipients, base }, context)
  const removed = options.retention === undefined ? [] : await removeOld(options.retention, context)
  return { ...made, recipients, removed }
}

/** Who can open backups: those that operators chose, and the recovery ways. A way that the root did not make counts for nothing. */
export async function recipientsOf({
  records,
  folder,
  root,
}: Pick<BackupContext, 'records' | 'folder' | 'root'>): Promise<string[]> {
  const { recipients } = await storedRecipients({ records })
  const removed = await removedWays(records)
  const { ways } = await readWays(folder)
  const judged = await Promise.all(ways.map(async (way) => ({ way, verdict: await judge(way, root) })))
  const genuine = judged.filter(
    ({ way, verdict }) => RECOVERY_KINDS.has(way.kind) && verdict === 'genuine' && !removed.has(way.id),
  )
  return [...new Set([...recipients, ...genuine.map(({ way }) => way.recipient)])].toSorted()
}

/** Adds and removes recipients of later backups. Returns those that operators chose. Backups made before keep theirs. */
export async function changeRecipients(
  { add = [], remove = [] }: { add?: readonly string[]; remove?: readonly string[] },
  context: OperatorContext,
): Promise<readonly string[]> {
  const { recipients, row } = await storedRecipients(context)
  const unknown = remove.find((one) => !recipients.includes(one))
  if (unknown !== undefined)
    throw new OperatorError('No such recipient was added. List them with: keyhold operator backup-recipient ls')
  const next = [...new Set([...recipients.filter((one) => !remove.includes(one)), ...add])]
  const changes = new Changeset()
  await putRecipients(next, row, changes)
  const accountId = await operatorAccount(context)
  await commitDeed(
    { name: 'SetBackupRecipients', service: 'kms', accountId, request: { add, remove } },
    changes,
    context,
  )
  return next
}

/** Takes down that a drill succeeded. */
export async function recordDrill(drill: Drill, context: OperatorContext): Promise<void> {
  const changes = new Changeset()
  await putDrill(drill, context.records, changes)
  const { backupId, revision } = drill
  const accountId = await operatorAccount(context)
  await commitDeed(
    { name: 'DrillBackup', service: 'kms', accountId, request: { backupId, revision } },
    changes,
    context,
  )
}

/** Every backup that is known and not gone, oldest first. */
export async function backups({ records }: Pick<OperatorContext, 'records'>): Promise<BackupRecord[]> {
  return (await catalogued(records)).map(({ value }) => value).filter(({ goneMs }) => goneMs === undefined)
}

/**
 * Whether the next backup can continue this one: it is there, in the folder where the next one goes, for the same recipients, and
 * under the same generation of the root.
 */
async function continues(
  tip: Tip,
  { recipients, folder }: { recipients: readonly string[]; folder: string },
  { root, records }: BackupContext,
): Promise<boolean> {
  const isSame =
    tip.rootGeneration === root.generation &&
    root.generations.length === 1 &&
    String(tip.recipients) === String(recipients)
  if (!isSame || dirname(tip.file) !== folder) return false
  const chain = (await catalogued(records)).filter(
    ({ value }) => value.chain === tip.chain && value.goneMs === undefined,
  )
  const there = await Promise.all(
    chain.map(({ value }) =>
      access(value.file).then(
        () => true,
        () => false,
      ),
    ),
  )
  return chain.length > 0 && chain.length < MAX_CHAIN && there.every(Boolean) && chain[0]?.value.backupId === tip.chain
}

/** Ways are in the backup as they are, encrypted each to its own recipient. */
async function waysOf(folder: string): Promise<{ name: string; content: Buffer }[]> {
  const ways = waysFolder(folder)
  const names = await readdir(ways).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const files = names.filter((name) => /^[0-9a-f-]{36}\.json$/.test(name)).toSorted()
  return Promise.all(files.map(async (name) => ({ name: `root/${name}`, content: await readFile(join(ways, name)) })))
}

async function record(
  made: MadeBackup,
  { recipients, base }: { recipients: readonly string[]; base: Tip | undefined },
  context: BackupContext,
): Promise<void> {
  const { description, file, bytes } = made
  const fullMs = description.base === undefined || base === undefined ? description.madeMs : base.fullMs
  const request = { backupId: description.backupId, revision: description.revision, file, bytes, recipients }
  const accountId = await operatorAccount(context)
  for (let attempt = 1; ; attempt += 1) {
    const { row: previous } = await readTip(context.records)
    const changes = new Changeset()
    recordBackup(made, { recipients, fullMs, nowMs: context.clock.now(), previous }, changes)
    try {
      return await commitDeed({ name: 'MakeBackup', service: 'kms', accountId, request }, changes, context)
    } catch (error) {
      // Another backup was taken down meanwhile.
      if (!(error instanceof OperatorError) || attempt === ATTEMPTS) throw error
    }
  }
}

/** Removes what need not be kept, and takes down what is gone. A file that cannot be removed is tried again the next time. */
async function removeOld(retention: Retention, context: BackupContext): Promise<BackupRecord[]> {
  const known = await catalogued(context.records)
  const old = superfluous(
    known.map(({ value }) => value),
    retention,
    context.clock.now(),
  )
  const gone: BackupRecord[] = []
  for (const backup of old) {
    const isGone = await removeBackupFile(backup).catch((error: unknown) => {
      context.logger.warn('an old backup could not be removed', { file: backup.file, error })
      return false
    })
    if (isGone) gone.push(backup)
  }
  const changes = new Changeset()
  for (const row of known) {
    if (gone.includes(row.value)) changes.update(row, { ...row.value, goneMs: context.clock.now() })
  }
  for (const row of forgettable(known)) changes.delete(row)
  if (changes.isEmpty) return gone
  const request = { backupIds: gone.map(({ backupId }) => backupId) }
  const accountId = await operatorAccount(context)
  await commitDeed({ name: 'ForgetBackups', service: 'kms', accountId, request }, changes, context)
  return gone
}
