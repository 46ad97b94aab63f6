import { getSystemErrorMessage } from 'node:util'

/** An error that the operating system answered to a call: a file that is not there, a full disk, a refused connection. */
export type SystemError = Error & { code: string; syscall: string; errno?: number; path?: string; dest?: string }

/** What a person reads about a system error, and whether it is about a file or about a connection. */
export interface SystemFailure {
  about: 'file' | 'connection'
  sentence: string
  /** What to do about it; may be empty. */
  next: string
}

/** What the system says, and what to do about it. */
type Reason = readonly [because: string, next?: string]

const ROOM_NEXT = 'Free some space, or name another place.'
const BUSY_NEXT = 'Try again once the other program is done with it.'
const MOUNTED_NEXT = `${BUSY_NEXT} What is mounted by itself cannot be replaced: name another place with -o.`

/** By the code of errno(3). The texts of codes that are not here are libuv's. */
const FILE_REASONS: Readonly<Record<string, Reason>> = Object.freeze({
  EACCES: ['permission denied', 'Check its permissions and those of the folders that it is in.'],
  EAGAIN: ['another program is using it', BUSY_NEXT],
  EBADF: ['it is closed'],
  EBUSY: ['the system or another program is using it, or it is mounted there', MOUNTED_NEXT],
  EDQUOT: ['your disk quota is used up', ROOM_NEXT],
  EEXIST: ['it exists already', 'Name another one.'],
  EFBIG: ['it is larger than the file system or a limit of your session (ulimit -f) allows'],
  EINVAL: ['its file system or its device does not support this'],
  EIO: ['the device failed', 'Check the disk. What was read or written may be incomplete.'],
  EISDIR: ['it is a folder', 'Name a file.'],
  ELOOP: ['a symbolic link on the way leads in a circle, or may not be followed'],
  EMFILE: ['this process has too many open files', 'Raise the limit (ulimit -n), or lower --jobs.'],
  ENAMETOOLONG: ['the name is too long for its file system', 'Choose a shorter name.'],
  ENFILE: ['the system has too many open files', 'Try again later.'],
  ENODEV: ['there is no such device'],
  ENOENT: ['no such file or folder', 'Check the name.'],
  ENOMEM: ['the system is out of memory'],
  ENOSPC: ['no space is left on the disk', ROOM_NEXT],
  ENOTDIR: ['something on its path is a file, not a folder', 'Check the path.'],
  ENOTEMPTY: ['the folder is not empty'],
  ENXIO: ['no device or no reader is behind it'],
  EPERM: ['the system does not permit it', 'Check who owns it, and whether it is marked immutable.'],
  EPIPE: ['its reader has gone away'],
  EROFS: ['its file system is read-only', 'Name another place.'],
  ESTALE: ['it was removed on the server of its network file system'],
  ETXTBSY: ['it is a program that is running'],
  EXDEV: ['it lies on another file system'],
})

const CONNECTION_REASONS: Readonly<Record<string, string>> = Object.freeze({
  EADDRINUSE: 'the address is in use',
  EADDRNOTAVAIL: 'this machine does not have the address',
  EAI_AGAIN: 'the name server does not answer',
  ECONNABORTED: 'the connection was aborted',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the other side closed the connection',
  EHOSTDOWN: 'the host is down',
  EHOSTUNREACH: 'no route leads to the host',
  ENETDOWN: 'the network is down',
  ENETUNREACH: 'the network cannot be reached',
  ENOTFOUND: 'no such host',
  ETIMEDOUT: 'no answer came in time',
})

/** What was being done to a file, by the system call. */
const DOING: Readonly<Record<string, string>> = Object.freeze({
  access: 'read',
  chmod: 'change the permissions of',
  chown: 'change the owner of',
  close: 'finish writing',
  copyfile: 'copy',
  fchmod: 'change the permissions of',
  fchown: 'change the owner of',
  fdatasync: 'finish writing',
  fstat: 'read',
  fsync: 'finish writing',
  ftruncate: 'write',
  futime: 'change the times of',
  link: 'make',
  lstat: 'read',
  mkdir: 'make the folder',
  mkdtemp: 'make a folder in',
  open: 'open',
  opendir: 'list the folder',
  read: 'read',
  readlink: 'read',
  realpath: 'read',
  rename: 'replace',
  rm: 'remove',
  rmdir: 'remove the folder',
  scandir: 'list the folder',
  stat: 'read',
  symlink: 'make',
  unlink: 'remove',
  utime: 'change the times of',
  uv_cwd: 'find the working folder',
  write: 'write',
})

export function isSystemError(error: Error): error is SystemError {
  return (
    'syscall' in error &&
    typeof error.syscall === 'string' &&
    'code' in error &&
    /^E[A-Z0-9_]+$/.test(String(error.code))
  )
}

/** Says in a sentence what Node says as `ENOENT: no such file or directory, stat 'x'`. */
export function systemFailure(error: SystemError): SystemFailure {
  const { code, path, dest } = error
  if (Object.hasOwn(CONNECTION_REASONS, code)) {
    return { about: 'connection', sentence: `No connection: ${systemReason(error)}.`, next: 'Try again later.' }
  }
  const [, next = ''] = Object.hasOwn(FILE_REASONS, code) ? FILE_REASONS[code]! : []
  const name = dest ?? path
  const what = [doing(error.syscall), ...(name ? [JSON.stringify(name)] : [])].join(' ')
  return { about: 'file', sentence: `Cannot ${what}: ${systemReason(error)}.`, next }
}

/** Why the system refused, to stand behind a colon. */
export function systemReason({ code, errno }: Pick<SystemError, 'code' | 'errno'>): string {
  if (Object.hasOwn(FILE_REASONS, code)) return FILE_REASONS[code]![0]
  if (Object.hasOwn(CONNECTION_REASONS, code)) return CONNECTION_REASONS[code]!
  return errno === undefined ? code : `${getSystemErrorMessage(errno) ?? 'the system refused'} (${code})`
}

function doing(syscall: string): string {
  return Object.hasOwn(DOING, syscall) ? DOING[syscall]! : `use (${syscall})`
}
