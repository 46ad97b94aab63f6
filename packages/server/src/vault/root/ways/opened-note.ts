import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Random } from '../../../platform/random.ts'
import { replacePrivateFile } from '../private-file.ts'
import { waysFolder } from './folder.ts'

/**
 * When each way opened the root last, in `root/<way id>.opened` of the data folder: milliseconds since the epoch. A note for
 * operators that nothing authenticates: who can write the folder can write it.
 */

/** How old a note becomes before the next opening writes it. */
const NOTE_AGE_MS = 3_600_000

/** Notes that a way opened the root. Does nothing where the folder cannot be written. */
export async function noteOpened(folder: string, wayId: string, nowMs: number, random: Random): Promise<void> {
  const before = await lastOpened(folder, wayId)
  if (before !== undefined && before <= nowMs && nowMs - before < NOTE_AGE_MS) return
  await replacePrivateFile(openedFile(folder, wayId), Buffer.from(`${nowMs}\n`), random).catch(() => {})
}

/** When a way opened the root last, to an hour; `undefined` where that is not known. */
export async function lastOpened(folder: string, wayId: string): Promise<number | undefined> {
  const file = openedFile(folder, wayId)
  try {
    if (!(await stat(file)).isFile()) return undefined
    const text = await readFile(file, 'latin1')
    return /^[0-9]{1,15}\n$/.test(text) ? Number(text) : undefined
  } catch {
    return undefined
  }
}

/** The note of a way. */
function openedFile(folder: string, wayId: string): string {
  return join(waysFolder(folder), `${wayId}.opened`)
}
