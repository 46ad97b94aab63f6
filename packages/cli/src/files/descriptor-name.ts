import { readlink } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'

const STREAMS: Readonly<Record<string, number>> = { '/dev/stdin': 0, '/dev/stdout': 1, '/dev/stderr': 2 }
const NUMBERED = /^\/(?:dev\/fd|proc\/(?:self|thread-self)\/fd)\/(\d{1,9})$/
/** As many links as Linux follows, path_resolution(7). */
const MAX_LINKS = 40

/**
 * The number of the open file that a path stands for: `/dev/stdout`, `/dev/fd/N`, or a link to one. Such a path is written
 * to by that descriptor, which knows where it is in its file and whether it appends. By its name the file would be replaced.
 */
export async function descriptorOf(path: string): Promise<number | undefined> {
  let here = resolve(path)
  for (let links = 0; links < MAX_LINKS; links++) {
    const number = STREAMS[here] ?? NUMBERED.exec(here)?.[1]
    if (number !== undefined) return Number(number)
    const next = await readlink(here).catch(() => undefined)
    if (next === undefined) return undefined
    here = resolve(dirname(here), next)
  }
  return undefined
}
