import { KNOWN_PARTITIONS, partitionOf } from '@keyhold/protocol'
import { IDENTITY_PARTITION } from '../account-partition.ts'
import type { PolicyFault } from '../contract.ts'
import type { PolicyDocument } from '../document.ts'
import { globOf } from '../patterns/template.ts'
import { Work } from '../patterns/work.ts'

/** Services whose resources belong to no Region, and to an account of this server. */
const OF_IDENTITIES: readonly string[] = ['iam', 'sts']

/** What can follow the fifth colon in ARNs of IAM, in the order of its error message. */
const IAM_PATHS: readonly string[] = [
  'user/',
  'federated-user/',
  'role/',
  'group/',
  'instance-profile/',
  'mfa/',
  'server-certificate/',
  'policy/',
  'sms-mfa/',
  'saml-provider/',
  'oidc-provider/',
  'report/',
  'access-report/',
]
const IAM_PATH_SENTENCE = `IAM resource path must either be "*", root, or start with ${IAM_PATHS.join(', ')}.`

/** The maximum length of a quoted resource, which can be as long as its policy. */
const MOST_QUOTED = 256

/**
 * The segments of an ARN as written. They are `undefined` if the ARN ends early in a `*`, which matches all that
 * follow.
 */
interface Segments {
  text: string
  partition: string
  service: string | undefined
  region: string | undefined
  resource: string | undefined
}

type Problem = (segments: Segments) => string | undefined

/**
 * Refuses a service with wildcards: IAM, "Resource vendor must be fully qualified". AWS's policy simulator accepts such
 * a policy.
 */
export function resourceFault(policy: PolicyDocument): PolicyFault | undefined {
  return firstFault(policy, ({ service }) =>
    service === undefined || hasWildcards(service) || service === ''
      ? 'Resource vendor must be fully qualified and cannot contain regexes.'
      : undefined,
  )
}

/** Refuses what IAM does not accept in an ARN of an identity policy, although it could be compared. */
export function partitionedResourceFault(policy: PolicyDocument): PolicyFault | undefined {
  return firstFault(policy, (segments) => partitionProblem(segments) ?? iamProblem(segments))
}

function firstFault({ statements }: PolicyDocument, problemOf: Problem): PolicyFault | undefined {
  for (const { path, resources } of statements) {
    for (const text of resources?.values ?? []) {
      const message = text === '*' ? undefined : problemOf(segmentsOf(text))
      const name = resources?.not ? 'NotResource' : 'Resource'
      if (message !== undefined) return { path: `${path}.${name}`, message }
    }
  }
  return undefined
}

/** Variables are allowed only after the fifth colon, so the colons before it are the policy's own. */
function segmentsOf(text: string): Segments {
  const [, partition = '', service, region, , ...rest] = text.split(':')
  return { text, partition, service, region, resource: rest.length === 0 ? undefined : rest.join(':') }
}

/** Refuses a partition that cannot contain such a resource: IAM, `Partition "aws-cn" is not valid for resource`. */
function partitionProblem(segments: Segments): string | undefined {
  const { text, partition } = segments
  const [pattern, work] = [globOf(partition), new Work()]
  if (partitionsOf(segments).some((known) => pattern.matches(known, work))) return undefined
  return `Partition "${quoted(partition)}" is not valid for resource "${quoted(text)}".`
}

/**
 * Keys are in the partition of their Region, identities in a single one. Resources of other services are not on this
 * server.
 */
function partitionsOf({ service = '', region }: Segments): readonly string[] {
  if (OF_IDENTITIES.includes(service)) return [IDENTITY_PARTITION]
  const isInOneRegion = service === 'kms' && region !== undefined && !hasWildcards(region)
  return isInOneRegion ? [partitionOf(region)] : KNOWN_PARTITIONS
}

function iamProblem({ text, service, region, resource = '*' }: Segments): string | undefined {
  if (service !== 'iam') return undefined
  if (region !== undefined && region !== '') return `IAM resource ${quoted(text)} cannot contain region information.`
  const isKnown = resource === '*' || resource === 'root' || IAM_PATHS.some((path) => resource.startsWith(path))
  return isKnown ? undefined : IAM_PATH_SENTENCE
}

function hasWildcards(text: string): boolean {
  return /[*?]/.test(text)
}

function quoted(text: string): string {
  return text.slice(0, MOST_QUOTED)
}
