/**
 * AWS services whose aliases every account has in ListAliases before their keys exist (AWS KMS Developer Guide, "AWS
 * managed keys"). Tools that look for these aliases find them. Only a service that is registered here can use its key.
 */
const PREDEFINED = [
  'acm',
  'dynamodb',
  'ebs',
  'elasticfilesystem',
  'es',
  'glue',
  'kinesis',
  'lambda',
  'rds',
  'redshift',
  's3',
  'secretsmanager',
  'sns',
  'sqs',
  'ssm',
  'xray',
] as const

/** The prefix of aliases that belong to services. */
export const AWS_ALIAS_PREFIX = 'alias/aws/'
const NAME = /^alias\/aws\/([a-z0-9-]{1,64})$/

/** AWS managed keys are rotated every year. */
export const AWS_MANAGED_ROTATION_DAYS = 365

/** The AWS managed key of one service, in one account and Region. */
export interface AwsManagedKey {
  service: string
  accountId: string
  region: string
}

/** Returns the service whose key an alias names, `s3` for `alias/aws/s3`, or `undefined` for other aliases. */
export function serviceOfAlias(name: string): string | undefined {
  return NAME.exec(name)?.[1]
}

/** The alias of a service's key. */
export function aliasOfService(service: string): string {
  return `${AWS_ALIAS_PREFIX}${service}`
}

/** Returns whether every account has the alias of this service's key from the start. */
export function isPredefined(service: string): boolean {
  return (PREDEFINED as readonly string[]).includes(service)
}

/** The aliases that every account has from the start, in alphabetical order. */
export function predefinedAliases(): string[] {
  return PREDEFINED.map(aliasOfService)
}
