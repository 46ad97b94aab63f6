import { isAboutKey } from '../../domain/policy/quorum.ts'
import type { AnyOperation } from '../../execution/define.ts'
import type { Serving } from '../../execution/operations.ts'
import { familyOf } from '../../execution/quorum/family.ts'
import { rulesAbout } from '../../execution/quorum/settle.ts'
import { Changeset } from '../../vault/records/changeset.ts'
import type { KeyRecord } from '../../domain/keys/record.ts'

/** A quorum rule that a request would wait for, although policies allow it. */
export interface AskedQuorum {
  rule: string
  needed: number
  /** ARNs, as they were when the rule was made. */
  approvers: string[]
}

/** The quorum rules of a key's account that protect an operation on it, whatever the request's parameters are. */
export async function quorumOf(
  { quorum }: Pick<AnyOperation, 'quorum'>,
  key: KeyRecord,
  { records, directory }: Pick<Serving, 'records' | 'directory'>,
): Promise<AskedQuorum[]> {
  const protection = quorum?.protection
  if (protection === undefined || protection === 'always') return []
  const family = await familyOf(key, directory)
  const rules = await rulesAbout(
    key.accountId,
    (rule) => rule.protects.includes(protection) && family.some((one) => isAboutKey(rule, one)),
    { records },
    new Changeset(),
  )
  return rules.map(({ ruleName: rule, needed, approvers }) => ({
    rule,
    needed,
    approvers: approvers.map(({ arn }) => arn),
  }))
}
