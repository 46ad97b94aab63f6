import { type Iam, queryError } from '@keyhold/protocol'
import type { AccessKeyRecord } from '../../../vault/records/access-key.ts'
import type { Authentic } from '../../../vault/records/authentic.ts'
import type { Context, NamedEntity } from '../entities.ts'
import { isAboutRoot, userIn } from '../users/caller-user.ts'

/** A user and one of their access keys. */
interface OwnedKey {
  user: NamedEntity<'user'>
  key: Authentic<AccessKeyRecord>
}

/**
 * Returns the access key that a request names, of the user that it names. A root has no access keys. Throws
 * NoSuchEntity.
 */
export async function keyIn(call: Context & { input: { AccessKeyId: string; UserName?: string } }): Promise<OwnedKey> {
  const { AccessKeyId } = call.input
  if (isAboutRoot(call.input, call.caller)) throw noSuchKey(AccessKeyId)
  const user = await userIn(call)
  const key = await call.services.directory.accessKey(AccessKeyId)
  if (key?.value.principalId !== user.entry.id) throw noSuchKey(AccessKeyId)
  return { user, key }
}

/** The error for an unknown access key. */
export function noSuchKey(accessKeyId: string): Error {
  return queryError('NoSuchEntity', `The Access Key with id ${accessKeyId} cannot be found.`)
}

/** The properties of an access key that can be returned at any time. */
export function keyView({ accessKeyId, active, createdMs }: AccessKeyRecord, userName: string): KeyView {
  return {
    UserName: userName,
    AccessKeyId: accessKeyId,
    Status: active ? 'Active' : 'Inactive',
    CreateDate: new Date(createdMs),
  }
}

type KeyView = Omit<Iam.AccessKey, 'SecretAccessKey'>
