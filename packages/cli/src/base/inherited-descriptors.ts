import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** Those of the standard streams go to every command. */
const FIRST_FURTHER = 3
/** `FD_CLOEXEC` among the flags that Linux shows, in octal. */
const CLOSES_ON_EXEC = 0o2000000

/**
 * The descriptors from 3 up that this process inherited. To be asked before this process opens any: what
 * Node itself holds by then is told by its kind. Node marks the lowest of them to be closed in the processes that it
 * starts, so that a command gets them only if it is given them. Those without the mark go to it by themselves.
 *
 * Elsewhere than on Linux, only those of a jobserver are known.
 */
export function inheritedDescriptors(env: NodeJS.ProcessEnv = process.env): number[] {
  const jobserver = jobserverDescriptors(env)
  const given = foreign(openDescriptors(), jobserver)
  if (given === undefined) return jobserver
  return given
    .filter(({ number, closesOnExec }) => closesOnExec && number >= FIRST_FURTHER)
    .map(({ number }) => number)
    .toSorted((one, other) => one - other)
}

/**
 * All descriptors that this process inherited, with or without the mark. To be asked before this process opens any.
 *
 * @returns undefined where the system does not show them.
 */
export function givenDescriptors(env: NodeJS.ProcessEnv = process.env): ReadonlySet<number> | undefined {
  const given = foreign(openDescriptors(), jobserverDescriptors(env))
  return given && new Set(given.map(({ number }) => number))
}

/** Those that are not Node's own. */
function foreign(
  open: readonly OpenDescriptor[] | undefined,
  jobserver: readonly number[],
): OpenDescriptor[] | undefined {
  const isOwn = ({ number, target }: OpenDescriptor): boolean => {
    if (target.startsWith('anon_inode:')) return true // what libuv waits on
    if (!target.startsWith('pipe:') || jobserver.includes(number)) return false
    return open!.filter((each) => each.target === target).length > 1 // both ends are here: Node wakes its threads by it
  }
  return open?.filter((each) => !isOwn(each))
}

interface OpenDescriptor {
  number: number
  target: string
  closesOnExec: boolean
}

/** Nothing if the system does not show them. */
function openDescriptors(): OpenDescriptor[] | undefined {
  try {
    return readdirSync('/proc/self/fd').flatMap((name) => describe(name) ?? [])
  } catch {
    return undefined
  }
}

/** Nothing for the descriptor by which the list itself was read. */
function describe(name: string): OpenDescriptor | undefined {
  try {
    const target = readlinkSync(`/proc/self/fd/${name}`)
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${name}`, 'utf8'))?.[1] ?? '0'
    return { number: Number(name), target, closesOnExec: (parseInt(flags, 8) & CLOSES_ON_EXEC) !== 0 }
  } catch {
    return undefined
  }
}

/** The two ends of the pipe by which `make` counts the jobs of its children. GNU Make manual, "POSIX Jobserver". */
function jobserverDescriptors(env: NodeJS.ProcessEnv): number[] {
  const [, read, write] = /--jobserver-(?:auth|fds)=(\d+),(\d+)/.exec(env['MAKEFLAGS'] ?? '') ?? []
  return [read, write].flatMap((each) => (each === undefined ? [] : [Number(each)]))
}
