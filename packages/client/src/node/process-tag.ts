import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/**
 * Who made a file, as part of its name, in 40 hexadecimal digits: the machine (8), the process (8), when the process
 * was started (8), and 16 that are random. The name alone then tells whether its maker still runs.
 */
export const TAG_PATTERN = '[0-9a-f]{40}'

const WORD_DIGITS = 8
const RANDOM_BYTES = 8

interface Maker {
  machine: string
  pid: number
  /** Low 32 bits of the clock ticks since the machine was started. 0 where the system does not say. */
  start: number
}

let own: string | undefined

/** A tag of this process that no other file has. */
export function newTag(): string {
  own ??= [machineWord(), word(process.pid), word(startOf(process.pid) ?? 0)].join('')
  return own + randomBytes(RANDOM_BYTES).toString('hex')
}

/**
 * Whether the process that made a tag still runs.
 *
 * @returns undefined where it ran on another machine, in another container or before the last boot, and so cannot be seen.
 */
export function isRunning(tag: string): boolean | undefined {
  const { machine, pid, start } = parse(tag)
  if (machine !== machineWord()) return undefined
  if (!exists(pid)) return false
  const now = startOf(pid)
  return start === 0 || now === undefined || now === start // a system that hides others' start does not say they ended
}

function parse(tag: string): Maker {
  const [machine, pid, start] = [0, 1, 2].map((index) => tag.slice(index * WORD_DIGITS, (index + 1) * WORD_DIGITS))
  return { machine: machine!, pid: Number.parseInt(pid!, 16), start: Number.parseInt(start!, 16) }
}

function word(value: number): string {
  return (value >>> 0).toString(16).padStart(WORD_DIGITS, '0')
}

let machine: string | undefined

/** Process numbers mean the same only under one boot of one machine, and in one namespace of processes. proc(5). */
function machineWord(): string {
  machine ??= createHash('sha256')
    .update([hostname(), attempt(bootId), attempt(() => readlinkSync('/proc/self/ns/pid'))].join('\n'))
    .digest('hex')
    .slice(0, WORD_DIGITS)
  return machine
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1')
}

function exists(pid: number): boolean {
  if (pid === 0) return false // to kill(2) that is a whole group
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** Field 22 of /proc/PID/stat. The second field, a name in parentheses, may hold anything. */
function startOf(pid: number): number | undefined {
  const status = attempt(() => readFileSync(`/proc/${pid}/stat`, 'latin1'))
  const ticks = status?.slice(status.lastIndexOf(')') + 2).split(' ')[19]
  return ticks === undefined ? undefined : Number(BigInt.asUintN(32, BigInt(ticks)))
}

function attempt(read: () => string): string | undefined {
  try {
    return read()
  } catch {
    return undefined // no Linux
  }
}
