import { copyFileSync, cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { listStreams } from '../../../../src/audit/layout.ts'
import { dataPaths } from '../../../../src/vault/storage/data-folder.ts'
import { assemble } from './assembled.ts'
import { FillableFiles } from './full-disk.ts'
import { Vault } from './vault.ts'

/** What a crash would leave of a data folder now: no process owns its streams. */
function snapshot(folder: string, to: string): void {
  cpSync(folder, to, { recursive: true, filter: (path) => !path.endsWith('owner.json') })
}

/**
 * A data folder with a history, and copies of it from earlier: three streams, changes and reads in each, and a record
 * that waited in the outbox when the last process was killed.
 */
export class TamperedFolders implements AsyncDisposable {
  readonly #above: string
  readonly #vault: Vault
  /** Of the processes, first to last. */
  readonly streams: readonly string[]

  private constructor(above: string, vault: Vault, streams: readonly string[]) {
    this.#above = above
    this.#vault = vault
    this.streams = streams
  }

  static async create(): Promise<TamperedFolders> {
    const above = await mkdtemp(join(tmpdir(), 'keyhold-tampered-'))
    const vault = await Vault.create()
    const take = (name: string): void => snapshot(vault.folder, join(above, name))
    const streams: string[] = []
    const noteNew = async (): Promise<void> => {
      const found = (await listStreams(dataPaths(vault.folder).audit)).streams
      streams.push(...found.filter((stream) => !streams.includes(stream)))
    }
    await noteNew()
    take('before all')
    for (const last of [false, true]) {
      const files = new FillableFiles()
      await using server = await assemble(vault.folder, { files: files.layer })
      await noteNew()
      using client = vault.client(server)
      const change = async (): Promise<string> => {
        // A log that could not be written is tried again within two seconds.
        for (let tries = 0; tries < 50; tries += 1) {
          const { status, body } = await client.call('CreateKey', {})
          if (status === 200) return (body['KeyMetadata'] as { KeyId: string }).KeyId
          await sleep(100)
        }
        throw new Error('the server did not recover')
      }
      await client.call('DescribeKey', { KeyId: await change() })
      // The row in the database follows within a second.
      await sleep(1300)
      take(last ? 'in the last' : 'in the first')
      await client.call('DescribeKey', { KeyId: await change() })
      if (!last) continue
      files.full = true
      await change()
      take('waiting before')
      files.full = false
      await client.call('DescribeKey', { KeyId: await change() })
      await sleep(1300)
      files.full = true
      await change()
      take('killed')
      files.full = false
      await change()
    }
    take('stopped')
    return new TamperedFolders(above, vault, streams)
  }

  /** A copy of how the server left it. */
  copy(state: State): TamperedFolder {
    const folder = join(this.#above, 'copy')
    rmSync(folder, { recursive: true, force: true })
    cpSync(join(this.#above, state), folder, { recursive: true })
    return new TamperedFolder(folder, this.#above, this.streams)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#above, { recursive: true, force: true })
    await this.#vault[Symbol.asyncDispose]()
  }
}

/** How the last server ended. */
export type State = 'stopped' | 'killed'

/** Which copy from earlier. */
export type Earlier = 'before all' | 'in the first' | 'in the last' | 'waiting before' | 'killed'

/** A data folder in the hands of who can write all of it, has copies of it from earlier, and lacks the root of trust. */
export class TamperedFolder {
  readonly path: string
  readonly streams: readonly string[]
  readonly #copies: string

  constructor(path: string, copies: string, streams: readonly string[]) {
    this.path = path
    this.#copies = copies
    this.streams = streams
  }

  /** Runs SQL, in which the database of an earlier copy is called `old`. */
  sql(text: string, earlier?: Earlier): void {
    const database = new DatabaseSync(dataPaths(this.path).database)
    if (earlier !== undefined) {
      // A copy of the copy: SQLite would put its write-ahead log away.
      const copy = join(this.#copies, 'old')
      rmSync(copy, { recursive: true, force: true })
      cpSync(join(this.#copies, earlier), copy, { recursive: true })
      database.exec(`ATTACH '${dataPaths(copy).database}' AS old`)
    }
    database.exec(text)
    database.close()
  }

  /** The path of a stream: 0 is the first. */
  stream(index: number): string {
    return join(dataPaths(this.path).audit, this.streams.at(index) ?? '')
  }

  putBackStream(index: number, earlier: Earlier): void {
    const stream = this.streams.at(index) ?? ''
    rmSync(this.stream(index), { recursive: true })
    cpSync(join(dataPaths(join(this.#copies, earlier)).audit, stream), this.stream(index), { recursive: true })
  }

  putBackSegment(index: number, earlier: Earlier): void {
    const name = this.#lastSegment(index)
    const stream = this.streams.at(index) ?? ''
    copyFileSync(
      join(dataPaths(join(this.#copies, earlier)).audit, stream, '00000001.log'),
      join(this.stream(index), name),
    )
  }

  /** Rewrites the lines of a stream's last segment. */
  editLines(index: number, edit: (lines: string[]) => string[], segment = this.#lastSegment(index)): void {
    const path = join(this.stream(index), segment)
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1)
    writeFileSync(
      path,
      edit(lines)
        .map((line) => `${line}\n`)
        .join(''),
    )
  }

  #lastSegment(index: number): string {
    return (
      readdirSync(this.stream(index))
        .filter((name) => name.endsWith('.log'))
        .toSorted()
        .at(-1) ?? ''
    )
  }
}
