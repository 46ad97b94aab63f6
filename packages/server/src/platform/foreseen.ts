/** An error that says whether it is foreseen: a failure of the disk, the system or another program, and no bug. */
export interface Foreseen {
  readonly isForeseen: boolean
}

/** What the system refuses only to a program that calls it wrongly. */
const BUGS_OF_THE_CALLER: ReadonlySet<unknown> = new Set(['EBADF', 'EFAULT', 'EINVAL', 'ENOTSOCK'])

/**
 * Whether an error has a cause outside of this program: a full disk, a missing file, a database that was changed. Operators can
 * do something about it, and a stack would tell them nothing. Any other error is a bug.
 */
export function isForeseen(error: unknown): boolean {
  if (!Error.isError(error)) return false
  if ('isForeseen' in error) return error.isForeseen === true
  return isOfTheSystem(error)
}

/** Node reports each failed system call with its name and the number of the error. */
function isOfTheSystem(error: Error): boolean {
  return 'syscall' in error && 'errno' in error && 'code' in error && !BUGS_OF_THE_CALLER.has(error.code)
}
