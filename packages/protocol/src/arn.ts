/** An Amazon Resource Name: `arn:partition:service:region:account:resource`. */
export interface Arn {
  partition: string
  service: string
  region: string
  account: string
  /** All that follows the fifth colon, colons included. */
  resource: string
}

/** What a KMS ARN names: a key by its id, or an alias by its name with the prefix `alias/`. */
export type KmsArn = Omit<Arn, 'service' | 'resource'> &
  ({ type: 'key'; keyId: string } | { type: 'alias'; aliasName: string })

const KEY_PREFIX = 'key/'
const ALIAS_PREFIX = 'alias/'

/** Partitions by the beginning of their regions' names; all others are in `aws`. */
const PARTITIONS = [
  { regionPrefix: 'cn-', partition: 'aws-cn' },
  { regionPrefix: 'us-gov-', partition: 'aws-us-gov' },
] as const

/** Every partition that a Region here can be in. */
export const KNOWN_PARTITIONS: readonly string[] = ['aws', ...PARTITIONS.map(({ partition }) => partition)]

export function partitionOf(region: string): string {
  return PARTITIONS.find(({ regionPrefix }) => region.startsWith(regionPrefix))?.partition ?? 'aws'
}

export function formatArn({ partition, service, region, account, resource }: Arn): string {
  return `arn:${partition}:${service}:${region}:${account}:${resource}`
}

/** The parts of an ARN; nothing if it does not begin with `arn` or lacks a part. Region and account may be empty. */
export function parseArn(text: string): Arn | undefined {
  const [scheme, partition, service, region, account, ...resource] = text.split(':')
  if (scheme !== 'arn' || !partition || !service || region === undefined || account === undefined) return undefined
  const rest = resource.join(':')
  return rest === '' ? undefined : { partition, service, region, account, resource: rest }
}

export function keyArn(region: string, account: string, keyId: string): string {
  return kmsArn(region, account, KEY_PREFIX + keyId)
}

/** `aliasName` includes its prefix `alias/`. */
export function aliasArn(region: string, account: string, aliasName: string): string {
  return kmsArn(region, account, aliasName)
}

function kmsArn(region: string, account: string, resource: string): string {
  return formatArn({ partition: partitionOf(region), service: 'kms', region, account, resource })
}

/** The parts of the ARN of a KMS key or alias; nothing if it is neither, or lacks a region, account or name. */
export function parseKmsArn(text: string): KmsArn | undefined {
  const arn = parseArn(text)
  if (arn?.service !== 'kms' || arn.region === '' || arn.account === '') return undefined
  const { partition, region, account, resource } = arn
  const place = { partition, region, account }
  if (named(resource, KEY_PREFIX)) return { ...place, type: 'key', keyId: resource.slice(KEY_PREFIX.length) }
  return named(resource, ALIAS_PREFIX) ? { ...place, type: 'alias', aliasName: resource } : undefined
}

function named(resource: string, prefix: string): boolean {
  return resource.startsWith(prefix) && resource.length > prefix.length
}
