import { fstatSync } from 'node:fs'
import type { Stats } from 'node:fs'
import { isatty } from 'node:tty'

/** What a descriptor leads to. `other` is what no system names, such as an epoll descriptor. */
export type Kind = 'file' | 'block' | 'character' | 'terminal' | 'pipe' | 'socket' | 'folder' | 'other'

type Tests = Pick<Stats, 'isFile' | 'isDirectory' | 'isBlockDevice' | 'isCharacterDevice' | 'isFIFO' | 'isSocket'>

export function kindOf(status: Tests, isTerminal = false): Kind {
  if (isTerminal) return 'terminal'
  if (status.isFile()) return 'file'
  if (status.isDirectory()) return 'folder'
  if (status.isBlockDevice()) return 'block'
  if (status.isCharacterDevice()) return 'character'
  if (status.isFIFO()) return 'pipe'
  return status.isSocket() ? 'socket' : 'other'
}

export function kindOfDescriptor(descriptor: number): Kind {
  return kindOf(fstatSync(descriptor), isatty(descriptor))
}

/**
 * Whether the other side decides when there is something to read or room to write: then the event loop waits for it. The
 * system's calls on the others return by themselves.
 */
export function isPolled(kind: Kind): boolean {
  return kind === 'pipe' || kind === 'socket' || kind === 'other'
}
