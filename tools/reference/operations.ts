import { KEY_STATES, type KeyState } from '../../packages/server/src/domain/keys/record.ts'
import { STATE_RULES, type StateRule, stateRefusal } from '../../packages/server/src/domain/keys/states.ts'
import type { AnyOperation, KeyTarget } from '../../packages/server/src/execution/define.ts'
import { notYet } from '../../packages/server/src/services/kms/not-yet.ts'
import { OPERATIONS } from '../../packages/server/src/services/registry.ts'
import type { OperationName } from '@keyhold/protocol'
import { code, markdownTable } from './markdown.ts'

const byName = (a: AnyOperation, b: AnyOperation): number => (a.name < b.name ? -1 : 1)
const missing = new Set<string>(notYet.map(({ name }) => name))

/** `docs/reference/operations.md`, from the operations' own declarations. */
export function operationsReference(kms: ReadonlyMap<string, AnyOperation> = OPERATIONS.of('kms')): string {
  const supported = [...kms.values()].filter(({ name }) => !missing.has(name)).toSorted(byName)
  return `# Operations

The ${kms.size} operations of the AWS KMS API: ${supported.length} are answered as AWS answers them, ${missing.size} are refused by name.
Generated from the operations' declarations by \`npm run generate\`; \`npm run check\` fails when this page is stale.

## Answered

**Key** says what must be true of the key: its usage, and the rule its state is held to (see [States](#states)).
**Cross-account** says whether a key policy or a grant can let other accounts than the key's own call it, as AWS states
for each operation. \`own principals\`: keys may be of other accounts, the principal that the request names may not.
**Grantable** operations are those that a grant can allow. Which keys they suit is said where not all of their usage do, and
*context* where constraints on the encryption context bind them.
**Requests per second** are those of one account in one Region (see [request rates](../guide/operating.md)).
**Counts as a use** of its keys, for GetKeyLastUsage.
**Logged** are the only members of request and answer that an audit record may hold; encryption contexts are among them,
plaintexts and key material never are: the compiler refuses to list a member that holds a secret.

${supported.map(section).join('\n')}
## States

What each rule answers for a key in each state; – means that the state allows it.

${stateTable()}
## Not there yet

Each answers \`UnsupportedOperationException\` and names its reason, once the request is authentic and well-formed.

${notYetTable()}`
}

function section(operation: AnyOperation): string {
  const facts = [
    ['Key', keys(operation)],
    ['Changes something', operation.readOnly ? 'no' : 'yes'],
    ['Cross-account', operation.crossAccount],
    ['Grantable', grantable(operation)],
    ['Requests per second', rate(operation)],
    ['Counts as a use', operation.tracksUse ? 'yes' : 'no'],
    ['Logged of the request', names(operation.audit.request)],
    ['Logged of the answer', names(operation.audit.response)],
  ]
  return `### ${operation.name}

${operation.summary}

${facts.map(([name, value]) => `- ${name}: ${value}\n`).join('')}`
}

function grantable({ grantable: rule }: AnyOperation): string {
  if (rule === false) return 'no'
  return ['yes', ...(rule.keys === 'any' ? [] : [`${rule.keys} keys`]), ...(rule.context ? ['context'] : [])].join(', ')
}

const RATES: Readonly<Record<string, string>> = {
  'by key': 'those of the sort of its key: ' + ['symmetric', 'rsa', 'ecc', 'ml-dsa', 'ml-kem'].map(ofSort).join(', '),
  'by data key pair': 'those of the spec of the pair',
}

function ofSort(sort: string): string {
  return code(`cryptographic-${sort}`)
}

function rate({ rate: declared }: AnyOperation): string {
  if (typeof declared === 'number') return String(declared)
  return RATES[declared] ?? `those of ${code(declared)}`
}

function names(members: readonly string[]): string {
  return members.length === 0 ? 'nothing' : members.map(code).join(', ')
}

function keys(operation: AnyOperation): string {
  const targets: [string, KeyTarget<OperationName>][] = Object.entries(operation.keys)
  if (targets.length === 0) return 'none'
  return targets.map(([name, target]) => keyRequirement(name, target, operation, targets.length > 1)).join('; ')
}

function keyRequirement(
  name: string,
  target: KeyTarget<OperationName>,
  operation: AnyOperation,
  isOneOfSeveral: boolean,
): string {
  const usage = target.usage === undefined ? 'any usage' : code(target.usage)
  const action = target.action === undefined ? '' : `, action ${code(`kms:${target.action}`)}`
  const role = isOneOfSeveral ? `${name}: ` : ''
  return `${role}${usage}, state rule ${code(familyOf(target.states, operation.name))}${action}`
}

function familyOf(rule: StateRule, operation: string): string {
  const family = Object.entries<StateRule>(STATE_RULES).find(([, other]) => other === rule)
  if (family === undefined) throw new Error(`${operation} has a state rule of its own: name it in STATE_RULES`)
  return family[0]
}

function stateTable(): string {
  const families = Object.entries<StateRule>(STATE_RULES)
  const answer = (rule: StateRule, state: KeyState): string => {
    const refusal = stateRefusal(rule, state, '')
    return refusal === undefined ? '' : code(refusal.code)
  }
  const rows = KEY_STATES.map((state) => [code(state), ...families.map(([, rule]) => answer(rule, state))])
  return markdownTable(['State', ...families.map(([name]) => code(name))], rows)
}

function notYetTable(): string {
  const byReason = Map.groupBy(notYet, ({ summary }) =>
    summary.replace(/^Not supported yet: (.*?) (?:is|are) not supported yet\.$/, '$1'),
  )
  const rows = [...byReason].map(([reason, operations]) => [
    reason,
    names(operations.toSorted(byName).map(({ name }) => name)),
    [...new Set(operations.map(({ crossAccount }) => crossAccount))].join(', '),
  ])
  return markdownTable(['Wait for', 'Operations', 'Cross-account'], rows)
}
