import { defaultKeyPolicy } from '../packages/server/src/domain/policy/default-policy.ts'
import { compilePolicy } from '../packages/server/src/domain/policy/language/compile.ts'
import type {
  CompiledPolicy,
  PolicyKind,
  PolicyRequest,
} from '../packages/server/src/domain/policy/language/contract.ts'
import { parsePolicy } from '../packages/server/src/domain/policy/language/parse.ts'
import { figure, median } from './statistics.ts'

const ROUNDS = 7
const DECISIONS = 500_000
const ACCOUNT = '111122223333'
const KEY_ARN = `arn:aws:kms:eu-central-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`

const VALUES: ReadonlyMap<string, readonly string[]> = new Map([
  ['aws:username', ['alice']],
  ['aws:sourceip', ['203.0.113.9']],
  ['kms:encryptioncontext:volume', ['vol-19']],
])
const REQUEST: PolicyRequest = {
  principal: {
    type: 'IAMUser',
    arn: `arn:aws:iam::${ACCOUNT}:user/alice`,
    accountId: ACCOUNT,
    principalId: 'AIDACKCEVSQ6C2EXAMPLE',
  },
  hasBoundary: false,
  action: 'kms:GenerateDataKey',
  resource: KEY_ARN,
  conditions: { get: (name) => VALUES.get(name), isByDefault: () => false },
}

/** What one decision over one compiled document costs, alone; a live server's caches make it dearer. */
export function benchPolicy(): void {
  const contenders = [
    { name: 'default key policy', policy: compiled(defaultKeyPolicy(ACCOUNT, 'aws'), 'key') },
    { name: 'identity policy of 20 statements', policy: compiled(JSON.stringify(twentyStatements()), 'identity') },
  ]
  const rounds = contenders.map(({ policy }) => Array.from({ length: ROUNDS }, () => nanoseconds(policy)))
  console.log(`Nanoseconds per decision, median of ${ROUNDS} rounds of ${DECISIONS.toLocaleString('en')}`)
  for (const [index, { name }] of contenders.entries())
    console.log(`  ${name.padEnd(34)} ${figure(median(rounds[index] ?? [])).padStart(7)}`)
}

function compiled(text: string, kind: PolicyKind): CompiledPolicy {
  const { policy, fault } = parsePolicy(text, kind)
  if (policy === undefined) throw new Error(`${fault?.path}: ${fault?.message}`)
  return compilePolicy(policy, kind)
}

/** Statements for twenty volumes, only the last of which is the request's, each with a condition that is looked at. */
function twentyStatements(): object {
  const statements = Array.from({ length: 20 }, (_, index) => ({
    Effect: 'Allow',
    Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
    Resource: 'arn:aws:kms:*:*:key/*',
    Condition: {
      StringEquals: { 'kms:EncryptionContext:Volume': `vol-${index}` },
      IpAddress: { 'aws:SourceIp': '203.0.113.0/24' },
    },
  }))
  return { Version: '2012-10-17', Statement: statements }
}

function nanoseconds(policy: CompiledPolicy): number {
  let allowed = 0
  const start = performance.now()
  for (let decision = 0; decision < DECISIONS; decision++) {
    const { principal, account } = policy.evaluate(REQUEST).allow
    if ((principal ?? account) !== undefined) allowed += 1
  }
  const elapsedMs = performance.now() - start
  if (allowed !== DECISIONS) throw new Error('the request that is measured is to be allowed')
  return (elapsedMs * 1_000_000) / DECISIONS
}
