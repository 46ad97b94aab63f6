import { parseKmsArn } from '@keyhold/protocol'
import { detached } from '../read-lines.ts'
import { readRecords } from '../read-records.ts'
import type { AuditRecord } from '../record.ts'

/** The keys that a name refers to in a log. */
export interface NamedKeys {
  /** The ARNs of the keys that an alias refers to or has referred to. Empty if the name is that of a key. */
  keys(): string[]
  /**
   * Whether a record is about one of them. Call it for each record in order, because an alias can be moved to another
   * key.
   */
  isAbout(record: AuditRecord): boolean
}

/**
 * Resolves a name: the id or ARN of a key, or the name or ARN of an alias. An alias includes every key that it has
 * referred to, because the records of their use name only the key. The log itself is the source, so deleted aliases
 * count too.
 */
export async function namedKeys(folder: string, name: string): Promise<NamedKeys> {
  const isNamed = naming(name)
  const alias = aliasName(name)
  if (alias === undefined) return { keys: () => [], isAbout: isNamed }
  const keys = new Set<string>()
  const learn = (record: AuditRecord): void => {
    if (isNamed(record) || cameByAlias(record, name, alias)) for (const arn of keyArns(record)) keys.add(detached(arn))
  }
  for await (const record of readRecords(folder, { mentions: alias })) learn(record)
  return {
    keys: () => [...keys].toSorted(),
    isAbout: (record) => {
      learn(record)
      return isNamed(record) || keyArns(record).some((arn) => keys.has(arn))
    },
  }
}

function aliasName(name: string): string | undefined {
  const arn = parseKmsArn(name)
  if (arn?.type === 'alias') return arn.aliasName
  return name.startsWith('alias/') ? name : undefined
}

/** Returns whether one of a record's resources has this ARN, key id or alias name. */
function naming(name: string): NamedKeys['isAbout'] {
  const ends = name.startsWith('alias/') ? `:${name}` : `:key/${name}`
  return ({ resources }) => resources.some(({ arn }) => arn === name || arn.endsWith(ends))
}

/**
 * Returns whether the request named its key by the alias. The alias is stored beside the decision, while the resource
 * is the key.
 */
function cameByAlias({ decision, accountId, region, resources }: AuditRecord, name: string, alias: string): boolean {
  if (decision?.requestAlias !== alias) return false
  const arn = parseKmsArn(name)
  const owner = resources[0]?.accountId ?? accountId
  return arn === undefined || (arn.account === owner && arn.region === region)
}

function keyArns({ resources }: AuditRecord): string[] {
  return resources.filter(({ type }) => type === 'AWS::KMS::Key').map(({ arn }) => arn)
}
