import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Credentials } from '@keyhold/protocol'
import {
  type CloudTrailEvent,
  type Initialized,
  initialize,
  queryFolder,
  serve,
  verifyFolder,
} from '../../../../src/index.ts'
import type { AuditReport, RunningService, ServeOptions } from '../../../../src/index.ts'
import { layoutOf, listStreams } from '../../../../src/audit/layout.ts'
import { readRecord } from '../../../../src/audit/parse-line.ts'
import { readLines } from '../../../../src/audit/read-lines.ts'
import { dataPaths } from '../../../../src/vault/storage/data-folder.ts'
import { ServerProcess } from './child.ts'
import { KmsClient } from './client.ts'

export const ACCOUNT = '111122223333'

type Settings = Omit<ServeOptions, 'folder' | 'port'>

/** A data folder that `keyhold init` made, with its administrator; removed after the test. */
export class Vault implements AsyncDisposable {
  readonly #parent: string
  readonly folder: string
  readonly rootFile: string
  readonly credentials: { accessKeyId: string; secretAccessKey: string }

  private constructor(parent: string, { rootFile, accessKeyId, secretAccessKey }: Initialized) {
    this.#parent = parent
    this.folder = join(parent, 'data')
    this.rootFile = rootFile
    this.credentials = { accessKeyId, secretAccessKey: Buffer.from(secretAccessKey.reveal()).toString() }
  }

  static async create(): Promise<Vault> {
    const parent = await mkdtemp(join(tmpdir(), 'keyhold-vault-'))
    return Vault.in(parent)
  }

  /** In a folder that exists; `data` in it may, and be a disk of its own. */
  static async in(parent: string): Promise<Vault> {
    return new Vault(parent, await initialize({ folder: join(parent, 'data'), recovery: 'none', accountId: ACCOUNT }))
  }

  /** `keyhold serve` in this process. */
  async serve(settings: Settings = {}): Promise<RunningService & AsyncDisposable> {
    const running = await serve({ folder: this.folder, port: 0, logLevel: 'silent', rates: 'off', ...settings })
    let stopped: Promise<void> | undefined
    const stop = (): Promise<void> => (stopped ??= running.stop())
    return { ...running, stop, [Symbol.asyncDispose]: stop }
  }

  /** `keyhold serve` in a process of its own. */
  start(settings: Settings = {}, launch?: Parameters<typeof ServerProcess.start>[1]): Promise<ServerProcess> {
    return ServerProcess.start({ mode: 'serve', folder: this.folder, port: 0, rates: 'off', ...settings }, launch)
  }

  client(
    { endpoint }: { endpoint: string },
    { region, credentials = this.credentials }: { region?: string; credentials?: Credentials } = {},
  ): KmsClient {
    return new KmsClient(endpoint, credentials, region)
  }

  verify(): Promise<AuditReport> {
    return verifyFolder(this.folder)
  }

  /** Every audited request and deed, as CloudTrail has it. */
  async events(): Promise<CloudTrailEvent[]> {
    const events: CloudTrailEvent[] = []
    for await (const event of queryFolder(this.folder, {})) events.push(event)
    return events
  }

  /** Edits the database of a stopped server, as any user with write access can. */
  edit(change: (database: DatabaseSync) => void): void {
    const database = new DatabaseSync(dataPaths(this.folder).database)
    change(database)
    database.close()
  }

  /** The request ids of all records, as often as they are in the log: readers take a repeated record for one. */
  async recordedRequestIds(): Promise<string[]> {
    const { audit } = dataPaths(this.folder)
    const ids: string[] = []
    for (const stream of (await listStreams(audit)).streams) {
      // What lies behind a segment's end was abandoned when the disk failed, and is in the next one.
      for (const { path, end } of (await layoutOf(audit, stream)).segments) {
        for await (const lines of readLines(path, end)) ids.push(...lines.flatMap(requestIdOf))
      }
    }
    return ids
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#parent, { recursive: true, force: true }).catch(() => undefined)
  }
}

function requestIdOf({ bytes }: { bytes: Uint8Array }): string[] {
  const record = readRecord(bytes)
  return record === undefined ? [] : [record.requestId]
}

export function randomBase64(size: number): string {
  return randomBytes(size).toString('base64')
}
