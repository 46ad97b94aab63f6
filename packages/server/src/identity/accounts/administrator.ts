import type { Secret } from '@keyhold/protocol'
import type { Random } from '../../platform/random.ts'
import type { Sealing } from '../../vault/hierarchy/sealing.ts'
import { attachmentTable } from '../../vault/records/attachment.ts'
import type { Changeset } from '../../vault/records/changeset.ts'
import { entityNameTable } from '../../vault/records/entity-name.ts'
import { administratorRecord, principalTable } from '../../vault/records/principal.ts'
import { issueAccessKey } from './access-key.ts'
import { principalArn } from './entity-arns.ts'
import { identifier } from './identifiers.ts'

/** A new administrator's access key. The secret is returned only here. */
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

/** Adds an administrator with an access key to `changes`. Only the sealed secret is stored. */
export async function addAdministrator(
  { accountId, userName, nowMs }: Wanted,
  dependencies: { hierarchy: Sealing; random: Random },
  changes: Changeset,
): Promise<IssuedAdministrator> {
  const principalId = identifier('AIDA', dependencies.random)
  const user = administratorRecord({ type: 'IAMUser', principalId, accountId, userName, createdMs: nowMs })
  const { path, attached } = user
  changes.insert(principalTable, user)
  changes.insert(entityNameTable, { accountId, kind: 'user', entityId: principalId, name: userName, path })
  for (const policy of attached) {
    changes.insert(attachmentTable, { accountId, policy, how: 'policy', kind: 'user', entityId: principalId })
  }
  const { record, secretAccessKey } = await issueAccessKey({ principalId, accountId, nowMs }, dependencies, changes)
  return { accountId, arn: principalArn(user), accessKeyId: record.accessKeyId, secretAccessKey }
}
