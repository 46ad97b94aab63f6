import { parseArn } from '@keyhold/protocol'
import type { GrantRecord } from '../../../domain/policy/grant-record.ts'
import { parsePolicy } from '../../../domain/policy/language/parse.ts'
import { readableParty } from '../../../identity/directory/present-names.ts'
import { keyArn } from '../../../domain/keys/arns.ts'
import type { Check, Examined, Finding } from './check.ts'
import { type KeyWithGrants, keysWithForeignGrants } from './grants-by-key.ts'
import { recordedHandingOn } from './granted-in-log.ts'
import { type AskedPolicy, explainedIssuers, type HandedOn, letsCreateGrants } from './issuers.ts'

const NAME = 'unexplained-grants'

/**
 * Grants that an account issued on a key of another account without any known permission: earlier builds accepted the
 * token of a grant on one key for every other key. Grants that the current policy, the current grants or, if there is
 * time to read it, the audit log explain are not reported.
 */
export const unexplainedGrants: Check = {
  name: NAME,

  async *findings(examined) {
    const suspects: Suspect[] = []
    for await (const key of keysWithForeignGrants(examined)) {
      const suspect = await suspectOf(key, examined)
      if (suspect.unexplained.length === 0) continue
      if (examined.auditFolder === undefined) yield* findingsOf(suspect.unexplained, examined)
      else suspects.push(suspect)
    }
    yield* notExplainedByLog(suspects, examined)
  },
}

/** A key with grants that nothing in the database explains. */
interface Suspect {
  /** The key's account, and those that its policy allows to create grants. */
  mayIssue: (accountId: string) => boolean
  handedOn: HandedOn[]
  unexplained: GrantRecord[]
}

async function suspectOf(key: KeyWithGrants, examined: Examined): Promise<Suspect> {
  const policy = await policyOf(key, examined)
  const mayIssue = remembering(
    (accountId) =>
      accountId === key.accountId || (policy !== undefined && letsCreateGrants(policy, accountId, keyArn(key))),
  )
  const handedOn: HandedOn[] = []
  for (const { issuingAccount: issuer, grantee } of key.handingOn) {
    handedOn.push({ issuer, to: await accountOf(grantee.arn, examined) })
  }
  return { mayIssue, handedOn, unexplained: unexplainedOf(key.issuedElsewhere, mayIssue, handedOn) }
}

/** A key has up to 50,000 grants, of few accounts. */
function remembering(ask: (accountId: string) => boolean): (accountId: string) => boolean {
  const known = new Map<string, boolean>()
  return (accountId) => {
    const answer = known.get(accountId) ?? ask(accountId)
    known.set(accountId, answer)
    return answer
  }
}

function unexplainedOf(
  grants: readonly GrantRecord[],
  mayIssue: Suspect['mayIssue'],
  handedOn: readonly HandedOn[],
): GrantRecord[] {
  const isExplained = explainedIssuers(mayIssue, handedOn)
  return grants.filter(({ issuingAccount }) => !isExplained(issuingAccount))
}

/**
 * A grant with CreateGrant can have been retired since, while the grants created by it remain. Its record remains too.
 */
async function* notExplainedByLog(suspects: readonly Suspect[], examined: Examined): AsyncGenerator<Finding> {
  const { auditFolder } = examined
  if (suspects.length === 0 || auditFolder === undefined) return
  const keys = new Set(suspects.flatMap(({ unexplained }) => unexplained.map((grant) => keyArn(grant))))
  const recorded = new Map<string, HandedOn[]>()
  for await (const { key, issuer, grantee } of recordedHandingOn(auditFolder, keys)) {
    const one = { issuer, to: await accountOf(grantee, examined) }
    recorded.set(key, [...(recorded.get(key) ?? []), one])
  }
  for (const { mayIssue, handedOn, unexplained } of suspects) {
    const [grant] = unexplained
    const all = [...handedOn, ...((grant && recorded.get(keyArn(grant))) ?? [])]
    yield* findingsOf(unexplainedOf(unexplained, mayIssue, all), examined)
  }
}

async function* findingsOf(grants: readonly GrantRecord[], examined: Examined): AsyncGenerator<Finding> {
  for (const grant of grants) yield await findingOf(grant, examined)
}

async function findingOf(grant: GrantRecord, { directory }: Examined): Promise<Finding> {
  const { grantId, issuingAccount, grantee, operations } = grant
  const key = keyArn(grant)
  return {
    check: NAME,
    weight: 'wrong',
    message:
      `Account ${issuingAccount} issued grant ${grantId} on ${key}, and neither the key policy nor a grant explains why: ` +
      'an earlier build may have allowed it by mistake.',
    remedy: 'Revoke the grant unless you know it.',
    facts: {
      key,
      grantId,
      issuingAccount,
      grantee: await readableParty(grantee, directory),
      operations: operations.join(' '),
    },
  }
}

async function policyOf(key: KeyWithGrants, examined: Examined): Promise<AskedPolicy | undefined> {
  const stored = await examined.directory.keyPolicy(key)
  const { policy } = parsePolicy(stored?.stored.value.text ?? '', 'key')
  if (stored === undefined || policy === undefined) return undefined
  const names = policy.statements.flatMap(({ principals }) => principals?.names ?? [])
  const services = new Map<string, string>()
  for (const { kind, text } of names) if (kind === 'service') services.set(text, await accountOf(text, examined))
  return { compiled: stored.named.policy, statements: policy.statements, services }
}

/** For a service, the account that registered it; `''` for an unknown principal. */
async function accountOf(name: string, { directory }: Examined): Promise<string> {
  return parseArn(name)?.account ?? (await directory.principal(name))?.value.accountId ?? ''
}
