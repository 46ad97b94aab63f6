import type { Secret } from '@keyhold/protocol'
import type { Hierarchy } from '../../vault/hierarchy/hierarchy.ts'
import type { Random } from '../../platform/random.ts'
import type { Changeset } from '../../vault/records/changeset.ts'
import { attachmentRow } from './attachment-rows.ts'
import { issueAccessKey } from './access-key.ts'
import { principalArn } from './entity-arns.ts'
import { entityRows } from './entity-rows.ts'
import { identifier } from './identifiers.ts'
import { identityRow } from './identity-row.ts'
import type { AccountRecord } from '../../vault/records/account.ts'
import { administratorRecord } from '../../vault/records/principal.ts'

/** An administrator's access key as he gets it, once. */
export interface IssuedAdministrator {
  accountId: string
  arn: string
  accessKeyId: string
  secretAccessKey: Secret
}

interface Wanted {
  accountId: string
  userName: string
  nowMs: number
}

/** Adds an account to `changes`. */
export async function addAccount(
  { accountId, nowMs }: Pick<Wanted, 'accountId' | 'nowMs'>,
  hierarchy: Hierarchy,
  changes: Changeset,
): Promise<void> {
  const account: AccountRecord = { accountId, createdMs: nowMs }
  changes.insert(await hierarchy.authenticate(identityRow('account', accountId, '', account)))
}

/** Adds a user who may do everything in its account, and one access key, to `changes`. Only the sealed secret is stored. */
export async function addAdministrator(
  { accountId, userName, nowMs }: Wanted,
  { hierarchy, random }: { hierarchy: Hierarchy; random: Random },
  changes: Changeset,
): Promise<IssuedAdministrator> {
  const principalId = identifier('AIDA', random)
  const user = administratorRecord({ type: 'IAMUser', principalId, accountId, userName, createdMs: nowMs })
  for (const row of await entityRows({ kind: 'user', id: principalId, name: userName, record: user }, hierarchy)) {
    changes.insert(row)
  }
  for (const policy of user.attached) {
    changes.insert(
      await attachmentRow({ accountId, policy, how: 'policy', kind: 'user', entityId: principalId }, hierarchy),
    )
  }
  const { record, secretAccessKey, row } = await issueAccessKey(user, nowMs, { hierarchy, random })
  changes.insert(row)
  return { accountId, arn: principalArn(user), accessKeyId: record.accessKeyId, secretAccessKey }
}
