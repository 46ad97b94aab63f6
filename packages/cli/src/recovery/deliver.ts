import { link, mkdir, open, readdir, rm, unlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { HolderShare } from '@keyhold/server'
import { UsageError } from '../base/errors.ts'
import { terminalInput, terminalOutput } from '../descriptors/standard.ts'
import { pressed } from '../terminal/confirm.ts'
import { htmlPage, textPage } from './page.ts'

/** A way for shares to reach their holders. Nothing else ever shows them. */
export interface Delivery {
  /** Hands out every share, or rejects and takes back what it wrote. */
  deliver(shares: readonly HolderShare[]): Promise<void>
  /** Where they went, as a sentence. */
  readonly place: string
  /** The files that were written. */
  readonly files: readonly string[]
}

/** A page for each holder, in a folder that is empty, or made when there are shares. */
export async function toFolder(named: string): Promise<Delivery> {
  return new FolderDelivery(await emptyFolder(named), '.html', async (share) => htmlPage(share))
}

/** The same, each encrypted to its holder's age recipient. */
export async function toRecipients(named: string, recipients: readonly string[]): Promise<Delivery> {
  const { recovery } = await import('@keyhold/server')
  return new FolderDelivery(await emptyFolder(named), '.html.age', (share) =>
    recovery.encryptTo([recipients[share.index - 1] ?? ''], Buffer.from(htmlPage(share))),
  )
}

/** One after the other on the terminal, for holders who take turns at it. */
export function toTerminal(): Delivery {
  const [input, output] = [terminalInput(), terminalOutput(1)]
  if (input === undefined || output === undefined) {
    throw new UsageError(
      'Say where the shares go: --shares-dir DIR for a page each, with --share-to AGE-RECIPIENT for each holder to encrypt ' +
        'them, or run it on a terminal, which shows one after the other.',
    )
  }
  return {
    files: [],
    place: 'Each was shown once, and is nowhere else.',
    deliver: (shares) => showEach(shares, { input, output }),
  }
}

/** The alternate screen of a terminal, of which nothing stays in the lines that can be scrolled back to (xterm, DECSET 1049). */
const SHOW = '\u001B[?1049h'
const HIDE = '\u001B[2J\u001B[3J\u001B[H\u001B[?1049l'

async function showEach(
  shares: readonly HolderShare[],
  terminal: { input: NodeJS.ReadStream; output: NodeJS.WriteStream },
): Promise<void> {
  const { output } = terminal
  for (const share of shares) {
    const who = `share ${share.index} of ${share.count}`
    await pressed(`Call the holder of ${who}. Enter shows it: `, terminal)
    output.write(`${SHOW}\u001B[H${textPage(share)}\n`)
    try {
      await pressed('Copy it, then press Enter: it is not shown again. ', terminal)
    } finally {
      output.write(HIDE)
    }
    output.write(`Handed out: ${who}.\n`)
  }
}

class FolderDelivery implements Delivery {
  readonly files: string[] = []
  readonly place: string
  readonly #folder: string
  readonly #suffix: string
  readonly #page: (share: HolderShare) => Promise<string | Uint8Array>

  constructor(folder: string, suffix: string, page: (share: HolderShare) => Promise<string | Uint8Array>) {
    this.place = `In ${folder}, one file for each holder. Take them apart now.`
    this.#folder = folder
    this.#suffix = suffix
    this.#page = page
  }

  async deliver(shares: readonly HolderShare[]): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    try {
      for (const share of shares) {
        const file = join(this.#folder, `share-${share.index}-of-${share.count}${this.#suffix}`)
        await writeNew(file, await this.#page(share))
        this.files.push(file)
      }
      await syncFolder(this.#folder)
    } catch (error) {
      for (const file of this.files.splice(0)) await rm(file, { force: true })
      throw error
    }
  }
}

async function emptyFolder(named: string): Promise<string> {
  const folder = resolve(named)
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  if (names.length === 0) return folder
  throw new UsageError(`${folder} is not empty. Name a folder for the shares that does not exist yet, or an empty one.`)
}

/** There whole or not at all; what has that name is never replaced. */
async function writeNew(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.new`
  const file = await open(temporary, 'wx', 0o600)
  try {
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
    await link(temporary, path)
  } finally {
    await unlink(temporary)
  }
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  await handle.sync()
  await handle.close()
}
