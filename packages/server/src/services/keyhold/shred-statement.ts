import type { Place as PlaceInLog } from '../../audit/find-record.ts'
import { keyArn } from '../../domain/keys/arns.ts'
import type { KeyName } from '../../domain/keys/record.ts'
import type { BackupRecord } from '../../vault/records/backup.ts'
import type { DestroyedMaterial, DestructionRecord } from '../../vault/records/destroyed.ts'

/** What a certificate states: docs/spec/shred-certificate.md. Times are ISO 8601 in UTC. */
export interface ShredStatement {
  statement: 'keyhold/shred'
  version: 1
  issued: string
  key: { arn: string; spec: string; origin: string; created: string; deleted?: string }
  materials: MaterialStatement[]
  /** Every domain key that sealed one of them last. */
  domainKeys: DomainKeyStatement[]
  /** Keys of other Regions that have the same material and exist. */
  relatedKeys: string[]
  backups: BackupStatement[]
  /** When the last of {@link backups} was gone; absent while one is there, and if there was none. */
  lastBackupGone?: string
  /** What is not known, and what the signature does not say. */
  limits: readonly string[]
}

interface MaterialStatement {
  id: string
  destroyed: string
  reason: DestroyedMaterial['reason']
  /** The domain key that sealed it: who has it, and a copy of the row, can open the copy. */
  sealedBy?: { domain: string; generation: number }
  record: { eventId: string; stream?: string; segment?: number; sequence?: number }
  /** It was imported again, and is there now. */
  presentAgain?: true
}

interface DomainKeyStatement {
  domain: string
  generation: number
  /** The generation of the root that wraps it in this database; absent where the database does not have the domain key any more. */
  wrappedByRoot?: number
}

interface BackupStatement {
  id: string
  file: string
  made: string
  /** The number of the last change that is in it. */
  sequence: number
  rootGeneration: number
  gone?: string
}

/** Where destroyed material is, or was until it was destroyed: in the key, and in those that are related to it. */
export interface Copy {
  region: string
  /** When the material was made or first imported there. */
  createdMs?: number | undefined
  end?: Pick<DestroyedMaterial, 'destroyedMs' | 'eventId'>
}

/** All that a statement is made of. */
export interface Known {
  issuedMs: number
  record: DestructionRecord
  /** By event. */
  places: ReadonlyMap<string, PlaceInLog | undefined>
  /** Whether there is a key of this name, although one was deleted: a replica can be made again. */
  exists: boolean
  /** Every copy of the destroyed materials that the database has or had. */
  copies: readonly Copy[]
  /** The ids of the materials of the key that are there now. */
  present: ReadonlySet<string>
  /** The generations of domain keys that the database has. */
  domainKeys: readonly { domain: string; generation: number; rootGeneration: number }[]
  /** Keys of other Regions that have one of the materials now. */
  related: readonly KeyName[]
  backups: readonly BackupRecord[]
}

/** Without the number in the log, a backup counts as one that has the key unless it was made this much earlier. */
const CLOCK_MARGIN_MS = 86_400_000

/** What this service cannot know. Each sentence is part of what is signed. */
const LIMITS = [
  'Copies of the data folder, of the database and of backups that Keyhold did not make or did not record are not known.',
  'Blocks that a file system, a drive or a snapshot keeps are not known.',
  'A copy of the row opens for those who hold the domain key that sealed it, or the root of trust above that key; an older copy can be sealed by an earlier generation of the domain key.',
  'Data keys that the key encrypted and that others keep in plaintext, and imported material that its owner keeps, are not affected.',
  'A file of a backup that is stated as gone was removed by Keyhold or no longer found by it; copies of the file are not known.',
] as const

/** States what was destroyed, and what is known of the copies. Pure. */
export function shredStatement(known: Known): ShredStatement {
  const { issuedMs, record, places, present, related, backups, exists, copies } = known
  const { deletedMs, createdMs, spec, origin } = record
  const holding = backups.filter((backup) => copies.some((copy) => mayHold(backup, copy, places)))
  const gone = holding.map(({ goneMs }) => goneMs)
  const allGone = holding.length > 0 && gone.every((ms) => ms !== undefined)
  return {
    statement: 'keyhold/shred',
    version: 1,
    issued: iso(issuedMs),
    key: {
      arn: keyArn(record),
      spec,
      origin,
      created: iso(createdMs),
      ...(deletedMs !== undefined && !exists && { deleted: iso(deletedMs) }),
    },
    materials: record.materials.map((material) => materialStatement(material, { record, places, present })),
    domainKeys: domainKeyStatements(known),
    relatedKeys: related.map((key) => keyArn({ ...record, ...key })),
    backups: holding.map(backupStatement),
    ...(allGone && { lastBackupGone: iso(Math.max(...gone.map((ms) => ms ?? 0))) }),
    limits: LIMITS,
  }
}

function materialStatement(
  { materialId: id, destroyedMs, reason, generation, eventId }: DestroyedMaterial,
  { record, places, present }: Pick<Known, 'record' | 'places' | 'present'>,
): MaterialStatement {
  return {
    id,
    destroyed: iso(destroyedMs),
    reason,
    ...(generation !== undefined && { sealedBy: { domain: record.region, generation } }),
    record: { eventId, ...places.get(eventId) },
    ...(present.has(id) && { presentAgain: true as const }),
  }
}

function domainKeyStatements({ record, domainKeys }: Known): DomainKeyStatement[] {
  const domain = record.region
  const generations = new Set(record.materials.flatMap(({ generation }) => generation ?? []))
  return [...generations].map((generation) => {
    const here = domainKeys.find((key) => key.domain === domain && key.generation === generation)
    return { domain, generation, ...(here && { wrappedByRoot: here.rootGeneration }) }
  })
}

/** Whether a copy can be in a backup. In doubt it is. */
function mayHold(
  { domains, sequence, madeMs }: BackupRecord,
  { region, createdMs, end }: Copy,
  places: Known['places'],
): boolean {
  // Generations say no more: before a rotation of the domain key, an earlier one sealed the same material.
  if (domains[region] === undefined) return false
  if (createdMs !== undefined && madeMs < createdMs - CLOCK_MARGIN_MS) return false
  if (end === undefined) return true
  const destroyedAt = places.get(end.eventId)?.sequence
  return destroyedAt === undefined ? madeMs < end.destroyedMs + CLOCK_MARGIN_MS : sequence < destroyedAt
}

function backupStatement({ backupId, file, madeMs, sequence, rootGeneration, goneMs }: BackupRecord): BackupStatement {
  return {
    id: backupId,
    file,
    made: iso(madeMs),
    sequence,
    rootGeneration,
    ...(goneMs !== undefined && { gone: iso(goneMs) }),
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
