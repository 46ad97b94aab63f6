import { parseKmsArn } from '@keyhold/protocol'
import { detached } from '../read-lines.ts'
import { readRecords } from '../read-records.ts'
import type { AuditRecord } from '../record.ts'

/** What a name of a key stands for in a log. */
export interface NamedKeys {
  /** The ARNs of the keys that an alias names or has named; none for the name of a key. */
  keys(): string[]
  /** Whether a record is about one of them. To be asked of each record in turn: an alias may come to name another key. */
  isAbout(record: AuditRecord): boolean
}

/**
 * Finds what is named: a key by its id or ARN; or an alias by its name or ARN, and with it every key that it has named,
 * as what was done with the key names the key alone. The log itself says which these are, so that aliases that are
 * deleted by now count, too.
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

/** Whether one of a record's resources has this ARN, this id or this alias name. */
function naming(name: string): NamedKeys['isAbout'] {
  const ends = name.startsWith('alias/') ? `:${name}` : `:key/${name}`
  return ({ resources }) => resources.some(({ arn }) => arn === name || arn.endsWith(ends))
}

/** Whether the request named its key by the alias: that stands beside the decision, and the resource is the key. */
function cameByAlias({ decision, accountId, region, resources }: AuditRecord, name: string, alias: string): boolean {
  if (decision?.requestAlias !== alias) return false
  const arn = parseKmsArn(name)
  const owner = resources[0]?.accountId ?? accountId
  return arn === undefined || (arn.account === owner && arn.region === region)
}

function keyArns({ resources }: AuditRecord): string[] {
  return resources.filter(({ type }) => type === 'AWS::KMS::Key').map(({ arn }) => arn)
}
