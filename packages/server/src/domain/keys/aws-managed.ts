/**
 * Services of AWS whose keys every account sees in ListAliases before there are any (AWS KMS Developer Guide, "AWS
 * managed keys"): whoever has tools that look for them finds them. Only a service that is registered here can use one.
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

/** Names below this prefix are the service's own. */
export const AWS_ALIAS_PREFIX = 'alias/aws/'
const NAME = /^alias\/aws\/([a-z0-9-]{1,64})$/

/** AWS managed keys are rotated every year. */
export const AWS_MANAGED_ROTATION_DAYS = 365

/** One service's key in one account and Region. */
export interface AwsManagedKey {
  service: string
  accountId: string
  region: string
}

/** The service whose key an alias names, `s3` for `alias/aws/s3`; `undefined` for other aliases. */
export function serviceOfAlias(name: string): string | undefined {
  return NAME.exec(name)?.[1]
}

/** The alias of a service's key. */
export function aliasOfService(service: string): string {
  return `${AWS_ALIAS_PREFIX}${service}`
}

/** Whether every account has the alias of this service's key from the start. */
export function isPredefined(service: string): boolean {
  return (PREDEFINED as readonly string[]).includes(service)
}

/** The aliases that every account has from the start, in the order of their names. */
export function predefinedAliases(): string[] {
  return PREDEFINED.map(aliasOfService)
}
