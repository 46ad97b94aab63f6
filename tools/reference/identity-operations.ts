import { SERVICES } from '@keyhold/protocol'
import type { AnyOperation } from '../../packages/server/src/execution/define.ts'
import { OPERATIONS } from '../../packages/server/src/services/registry.ts'
import { readSdk } from '../model/read-sdk.ts'
import { SOURCES } from '../model/sources.ts'
import { code, markdownTable } from './markdown.ts'

type Service = 'iam' | 'sts'
const TITLES: Readonly<Record<Service, string>> = { iam: 'IAM', sts: 'STS' }

const COLUMNS = [
  'Operation',
  'What it does',
  'Changes something',
  'Cross-account',
  'Rate',
  'Sessions',
  'Logged of the request',
]

/** `docs/reference/iam-and-sts.md`, from the operations' own declarations and the SDK's models of the whole services. */
export function identityOperationsReference(): string {
  return `# Operations of IAM and STS

Generated from the operations' declarations by \`npm run generate\`; \`npm run check\` fails when this page is stale.

**Changes something**: whether the operation writes, which is also what CloudTrail takes for writing. **Cross-account**: whether
what it names may be another account's. **Rate**: the group whose
requests per second it shares. **Sessions**: the temporary credentials that may call it. **Logged** are the only members of a request that an audit record may hold.

An operation that is refused answers \`InvalidAction\`, as IAM and STS do for a name that they do not know. Policies may name its
action all the same, and simulations decide it.

${(['iam', 'sts'] as const).map(section).join('\n')}`
}

function section(service: Service): string {
  const served = [...OPERATIONS.of(service).values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const refused = operationsOfAws(service).filter((name) => !served.some((operation) => operation.name === name))
  return `## ${TITLES[service]}

The ${served.length + refused.length} operations of the API version ${SERVICES[service].model.apiVersion}: ${served.length} are answered, ${refused.length} are refused.

${markdownTable(COLUMNS, served.map(row))}
### Refused operations of ${TITLES[service]}

${refused.map(code).join(', ')}
`
}

/** All that AWS's service has, in the order of their names. */
export function operationsOfAws(service: Service): string[] {
  const source = SOURCES.find(({ file }) => file === `${service}.gen.ts`)
  if (source === undefined) throw new Error(`nothing says where the model of ${service} is from`)
  return readSdk(source.sdk, source.protocol).operations.map(({ name }) => name)
}

function row({ name, summary, readOnly, crossAccount, rate, sessions, audit }: AnyOperation): string[] {
  const [changes, logged] = [readOnly ? 'no' : 'yes', audit.request.map(code).join(', ')]
  return [code(name), summary, changes, crossAccount, code(String(rate)), sessions.join(', ') || 'none', logged]
}
