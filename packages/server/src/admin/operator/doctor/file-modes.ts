import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Examples, type Finding } from './check.ts'

const NAME = 'files'
const OTHERS = 0o077
/** More files than a data folder has streams and segments in many years. */
const MOST_FILES = 1_000_000

interface Modes {
  open: Examples
  ofAnother: Examples
  odd: Examples
}

/**
 * Files of a data folder that others can access, that belong to another user, or that no data folder has. Needs no root. On Windows
 * it finds nothing: files have no such modes there.
 */
export async function* exposedFiles(folder: string): AsyncGenerator<Finding> {
  if (process.platform === 'win32') return
  const modes: Modes = { open: new Examples(), ofAnother: new Examples(), odd: new Examples() }
  let seen = 0
  for await (const path of everyFile(folder)) {
    await judge(path, modes)
    seen += 1
    if (seen >= MOST_FILES) break
  }
  yield* findingsOf(modes, folder)
}

async function* everyFile(folder: string): AsyncGenerator<string> {
  yield folder
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* everyFile(path)
    else yield path
  }
}

/** What goes while it is looked at, as SQLite's files do, is no finding. */
async function judge(path: string, { open, ofAnother, odd }: Modes): Promise<void> {
  const status = await lstat(path).catch(() => undefined)
  if (status === undefined) return
  const isSocket = status.isSocket()
  if (!status.isFile() && !status.isDirectory() && !isSocket) odd.add(path)
  else if ((status.mode & OTHERS) !== 0) open.add(path)
  if (status.uid !== process.getuid?.()) ofAnother.add(path)
}

function* findingsOf({ open, ofAnother, odd }: Modes, folder: string): Generator<Finding> {
  if (open.count > 0) {
    const message = `Other users can access ${countOf(open)} of the data folder.`
    yield finding(message, `Run: chmod -R go= ${folder}`, open)
  }
  if (ofAnother.count > 0) {
    const message = `${countOf(ofAnother)} of the data folder do not belong to this user, who may not be the one that the service runs as.`
    yield finding(message, 'Run this as the user of the service, or make that user their owner.', ofAnother)
  }
  if (odd.count > 0) {
    const message = `${countOf(odd)} of the data folder are links or devices, which Keyhold does not make.`
    yield finding(message, 'Find out what they are, and remove them.', odd)
  }
}

function countOf({ count }: Examples): string {
  return count === 1 ? '1 file' : `${count} files`
}

function finding(message: string, remedy: string, { facts: { rows = '', examples = '' } }: Examples): Finding {
  return { check: NAME, weight: 'wrong', message, remedy, facts: { files: rows, examples } }
}
