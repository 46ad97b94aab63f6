import { Changeset } from '../../vault/records/changeset.ts'
import { putRemovedWay } from '../../vault/records/removed-ways.ts'
import { commitDeed, type OperatorContext } from './deed.ts'
import { operatorAccount } from './operator-account.ts'

/** A way to the root that is removed, as the audit log has it. */
export interface RemovedRootWay {
  wayId: string
  /** `root-file-1` for a root file that the manifest names: it is no way in the folder, and gets nothing from here on anyway. */
  kind: string
  name: string
  description: string
}

/** Records that a way is removed: from then on nothing is encrypted to its recipient, even if its file is there. */
export async function recordRemovedWay(way: RemovedRootWay, context: OperatorContext): Promise<void> {
  const changes = new Changeset()
  if (way.kind !== 'root-file-1') await putRemovedWay(way.wayId, context.records, changes)
  const accountId = await operatorAccount(context)
  await commitDeed({ name: 'RemoveRootWay', service: 'kms', accountId, request: { ...way } }, changes, context)
}
