import { commitRecorded } from '../../../audit/commit-recorded.ts'
import type { AwsManagedKey } from '../../../domain/keys/aws-managed.ts'
import { addAwsManagedKey } from './aws-managed-key.ts'
import { serviceRecord } from '../../../audit/service-record.ts'
import { Changeset } from '../../../vault/records/changeset.ts'
import type { Serving } from '../../../execution/operations.ts'

type Context = Pick<
  Serving,
  'auditor' | 'clock' | 'logger' | 'directory' | 'hierarchy' | 'random' | 'records' | 'threads'
>

/**
 * Creates the key that a service has in an account, on its first use by an authorized caller. It commits by itself, before the
 * request that needs it goes on; when another request was faster, that one's key is found next.
 */
export async function createAwsManagedKey(wanted: AwsManagedKey, services: Context): Promise<void> {
  const { clock, directory, random } = services
  const changes = new Changeset()
  const nowMs = clock.now()
  const key = await addAwsManagedKey(wanted, nowMs, services, changes)
  const record = serviceRecord('CreateKey', key, nowMs, random)
  await commitRecorded(changes, [record], services)
  await directory.catchUp()
}
