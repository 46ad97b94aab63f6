import { readFileSync } from 'node:fs'
import { parsePolicy } from '../../packages/server/src/domain/policy/language/parse.ts'
import {
  AWS_POLICIES_FILE,
  awsManagedPolicies,
  type AwsManagedPolicy,
  hasPublishedId,
  isForServiceLinkedRoles,
} from '../../packages/server/src/identity/accounts/aws-policies.ts'
import { code, markdownTable } from './markdown.ts'

const SERVED = ['kms', 'iam', 'sts'] as const

/** `docs/reference/aws-managed-policies.md`, from the data that the server reads. */
export function awsPoliciesReference(): string {
  const policies = awsManagedPolicies()
  const [deciding, others] = [
    policies.filter((policy) => aboutServed(policy) !== ''),
    policies.filter((policy) => aboutServed(policy) === ''),
  ]
  const forServices = policies.filter(isForServiceLinkedRoles)
  return `# Managed policies of AWS

The ${policies.length} managed policies that every account has, as AWS publishes them
([decision 59](../decisions/0059-aws-policies-as-they-are-published.md) says what is kept and what is not). Generated from the data by
\`npm run generate\`; \`npm run check\` fails when this page is stale. Source: ${sourceOfData()}.

The ARN of a policy is \`arn:aws:iam::aws:policy\`, its path and its name. The ${forServices.length} below \`/aws-service-role/\` can be read and
are session policies, but cannot be attached: \`PolicyNotAttachable\`. Each policy has its default version only.

## Ids

AWS's own id is known of these. All others have an id that is made from their ARN, and is the same on every server, but not AWS's.

${markdownTable(
  ['Policy', 'Id'],
  policies.filter(hasPublishedId).map(({ name, policyId }) => [code(name), code(policyId)]),
)}
## Policies that decide something here

The ${deciding.length} whose document speaks of actions of KMS, IAM or STS, by \`*\` or \`NotAction\` too.

${markdownTable(
  ['Policy', 'Path', 'Version', 'Changed', 'Speaks of'],
  deciding.map((policy) => [...row(policy), aboutServed(policy)]),
)}
## Policies about other services only

The ${others.length} others can be attached, and neither allow nor deny anything here.

${markdownTable(['Policy', 'Path', 'Version', 'Changed'], others.map(row))}`
}

function row({ name, path, versionId, updatedMs }: AwsManagedPolicy): string[] {
  return [name, path, versionId, new Date(updatedMs).toISOString().slice(0, 10)]
}

/** The services that are served here and that the document speaks of: `kms, iam`. */
function aboutServed({ text }: AwsManagedPolicy): string {
  const { policy } = parsePolicy(text, 'identity')
  const lists = policy?.statements.flatMap(({ actions }) => actions ?? []) ?? []
  if (lists.some(({ not }) => not)) return 'all but some'
  const actions = lists.flatMap(({ values }) => values)
  if (actions.includes('*')) return 'all'
  const services = new Set(actions.map((action) => action.split(':')[0]?.toLowerCase()))
  return SERVED.filter((service) => services.has(service)).join(', ')
}

/** The name and version of the public copy, without its licence. */
function sourceOfData(): string {
  const [first = ''] = readFileSync(AWS_POLICIES_FILE, 'utf8').split('\n', 1)
  return first.replace(/^# (\S+ [\d.]*\d)\..*$/, '`$1`')
}
