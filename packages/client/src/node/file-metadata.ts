import { spawn } from 'node:child_process'
import type { BigIntStats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'

const GROUP = 0o070
const OTHERS = 0o007
const PERMISSIONS = 0o777
/** Set-user-ID, set-group-ID and sticky. */
const SPECIAL = 0o7000

/** What a file that took another one's place could not take over, in words for people. */
export type NotKept = 'its owner' | 'its group' | 'its permissions' | 'ACLs and extended attributes, if it had any'

/**
 * Gives a new file the owner, group, permissions, ACLs and extended attributes of the one that it replaces, as far as the
 * caller may. It gives no user more rights: where the group is not kept, the new group may do no more than others may, and
 * set-user-ID and set-group-ID go unless owner and group stay.
 *
 * @param from open for reading. @param status its.
 * @returns what was not kept.
 */
export async function keepMetadata(from: FileHandle, to: FileHandle, status: BigIntStats): Promise<NotKept[]> {
  if (process.platform === 'win32') return [] // the folder's permissions are inherited
  const [uid, gid, mode] = [Number(status.uid), Number(status.gid), Number(status.mode)]
  const hasOwner = await succeeds(to.chown(uid, gid))
  const own = await to.stat()
  const hasGroup = hasOwner || own.gid === gid || (await succeeds(to.chown(own.uid, gid)))
  const isOwned = hasOwner || own.uid === uid
  const hasAttributes = await copyAttributes(from, to)
  const hasMode = await succeeds(to.chmod(modeFor(mode, isOwned && hasGroup, hasGroup)))
  return [
    ...(isOwned ? [] : (['its owner'] as const)),
    ...(hasGroup ? [] : (['its group'] as const)),
    ...(hasMode ? [] : (['its permissions'] as const)),
    ...(hasAttributes ? [] : (['ACLs and extended attributes, if it had any'] as const)),
  ]
}

function modeFor(mode: number, isSame: boolean, hasGroup: boolean): number {
  const special = isSame ? mode & SPECIAL : 0
  const group = hasGroup ? GROUP : (mode & OTHERS) << 3
  return special | (mode & PERMISSIONS & ~GROUP) | (mode & GROUP & group)
}

/**
 * Node has no call for them. GNU's cp has, and fails where it cannot: `xattr` covers extended attributes, `mode` ACLs.
 *
 * @returns false where there is no such cp, and on systems other than Linux.
 */
function copyAttributes(from: FileHandle, to: FileHandle): Promise<boolean> {
  if (process.platform !== 'linux') return Promise.resolve(false)
  const args = ['--attributes-only', '--preserve=mode,xattr', '--', '/proc/self/fd/3', '/proc/self/fd/4']
  return new Promise((resolve) => {
    const child = spawn('cp', args, { stdio: ['ignore', 'ignore', 'ignore', from.fd, to.fd] })
    child.on('error', () => resolve(false))
    child.on('close', (code) => resolve(code === 0))
  })
}

function succeeds(change: Promise<void>): Promise<boolean> {
  return change.then(
    () => true,
    () => false,
  )
}
