import { appendFile, cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AuditLog, type AuditLogOptions, openAuditLog } from '../../../src/audit/audit-log.ts'
import { diskFiles } from '../../../src/audit/file-layer.ts'
import { signHead } from '../../../src/audit/head.ts'
import { encodeLine } from '../../../src/audit/lines.ts'
import { leafHashOfText, MerkleTree } from '../../../src/audit/merkle.ts'
import { readRecords } from '../../../src/audit/read-records.ts'
import type { AuditRecord } from '../../../src/audit/record.ts'
import type { AuditReport } from '../../../src/audit/report.ts'
import { StreamWriter } from '../../../src/audit/stream-writer.ts'
import { verifyAudit } from '../../../src/audit/verify-audit.ts'
import { auditSigner, auditVerifier, generateAuditKey } from '../../../src/crypto/audit-signature.ts'
import { systemRandom } from '../../../src/crypto/random.ts'
import { sha256 } from '../../../src/crypto/sha256.ts'
import type { Hierarchy } from '../../../src/vault/hierarchy/hierarchy.ts'
import { Records } from '../../../src/vault/records/records.ts'
import { type ManualClock, manualClock } from '../../support/manual-clock.ts'
import { silentLogger } from '../../support/silent-logger.ts'
import { MemoryStore } from './memory-store.ts'
import { rowHierarchy } from './row-hierarchy.ts'

const auditCrypto = { sha256, verifier: auditVerifier }
export const auditKey = auditSigner(generateAuditKey().privateKey)

/** The records of a database whose rows {@link rowHierarchy} authenticates. */
export function recordsIn(store: MemoryStore): Records {
  return new Records({ store, hierarchy: rowHierarchy as Hierarchy, random: systemRandom })
}

/** An audit folder with its database. */
export class AuditBench implements AsyncDisposable {
  readonly root: string
  readonly store: MemoryStore
  readonly clock: ManualClock

  private constructor(root: string, store: MemoryStore, clock: ManualClock) {
    this.root = root
    this.store = store
    this.clock = clock
  }

  static async create(store = new MemoryStore(), clock = manualClock(Date.UTC(2026, 0, 1))): Promise<AuditBench> {
    return new AuditBench(await mkdtemp(join(tmpdir(), 'keyhold-audit-')), store, clock)
  }

  get folder(): string {
    return join(this.root, 'audit')
  }

  open(options: Partial<AuditLogOptions> = {}): Promise<AuditLog> {
    const { folder, store, clock } = this
    return openAuditLog({
      folder,
      store,
      records: recordsIn(store),
      clock,
      random: systemRandom,
      logger: silentLogger,
      signer: auditKey,
      crypto: auditCrypto,
      durability: 'write',
      ...options,
    })
  }

  verify({ withDatabase = true, since }: { withDatabase?: boolean; since?: string } = {}): Promise<AuditReport> {
    const database = withDatabase ? { database: { store: this.store, records: recordsIn(this.store) } } : {}
    const options = { folder: this.folder, publicKey: auditKey.publicKey, crypto: auditCrypto }
    return verifyAudit({ ...options, ...database, ...(since !== undefined && { since }) })
  }

  /** Commits the records of changes, as a request does. */
  async commit(log: AuditLog, ...sequences: number[]): Promise<void> {
    const audit = sequences.map((sequence) => ({
      eventId: recordOf(sequence).eventId,
      record: log.encode(recordOf(sequence, this.clock.now())),
    }))
    await this.store.commit({ id: String(sequences), expect: [], put: [], delete: [], audit })
  }

  /** Appends a record and a head to the first segment of a stream without a writer. */
  async appendTo(stream: string, record: AuditRecord): Promise<void> {
    const leaves = (await this.lines(stream)).filter((line) => !line.startsWith('{"head"'))
    const tree = new MerkleTree(sha256)
    const line = encodeLine('record', record)
    for (const leaf of [...leaves, line]) tree.addLeaf(leafHashOfText(sha256, leaf))
    const head = signHead(auditKey, stream, { size: tree.size, root: tree.root(), timeMs: this.clock.now() })
    await appendFile(this.segment(stream), `${line}\n${head}\n`)
  }

  /** Copies what a crash now would leave: the same bytes and rows, without a process that owns them. */
  async afterCrash(): Promise<AuditBench> {
    const copy = await AuditBench.create(this.store.copy(), this.clock)
    await cp(this.folder, copy.folder, { recursive: true, filter: (path) => !path.endsWith('owner.json') })
    return copy
  }

  /** Writes a stream of these lines, with each batch signed as the service does. */
  async writeStream(...batches: (readonly string[])[]): Promise<string> {
    const { folder, clock } = this
    const stream = systemRandom.uuid()
    const publicKey = Buffer.from(auditKey.publicKey).toString('base64')
    await diskFiles.createFolder(join(folder, stream))
    const common = { clock, logger: silentLogger, signer: auditKey, sha256, files: diskFiles }
    const described = { kind: 'requests', durability: 'write', limits: { segmentBytes: 1e6 } } as const
    const writer = new StreamWriter({ ...common, ...described, folder, stream })
    await writer.begin({ publicKey, predecessors: [] })
    for (const lines of batches) await writer.write(lines)
    await writer.close()
    return stream
  }

  segment(stream: string, number = 1): string {
    return join(this.folder, stream, `${String(number).padStart(8, '0')}.log`)
  }

  async lines(stream: string, number = 1): Promise<string[]> {
    return (await readFile(this.segment(stream, number), 'utf8')).split('\n').slice(0, -1)
  }

  /** The event ids of all streams, in the order of readRecords. */
  async eventIds(): Promise<string[]> {
    const ids: string[] = []
    for await (const { eventId } of readRecords(this.folder)) ids.push(eventId)
    return ids
  }

  async streams(): Promise<string[]> {
    return readdir(this.folder)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.root, { recursive: true, force: true })
  }
}

/** A record like those of real requests; `sequence` determines its ids. */
export function recordOf(sequence: number, timeMs = Date.UTC(2026, 0, 1)): AuditRecord {
  const id = `00000000-0000-4000-8000-${String(sequence).padStart(12, '0')}`
  const arn = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'
  return {
    eventId: id,
    requestId: id,
    timeMs,
    kind: 'call',
    service: 'kms',
    operation: 'GenerateDataKey',
    region: 'eu-central-1',
    accountId: '111122223333',
    caller: {
      type: 'IAMUser',
      principalId: 'AIDAEXAMPLE',
      arn: 'arn:aws:iam::111122223333:user/admin',
      accountId: '111122223333',
      accessKeyId: 'AKIAEXAMPLE',
      userName: 'admin',
    },
    sourceIp: '127.0.0.1',
    userAgent: 'aws-sdk-js/3.1164.0',
    readOnly: true,
    request: { KeyId: arn, KeySpec: 'AES_256', EncryptionContext: { purpose: 'tést' } },
    resources: [{ accountId: '111122223333', type: 'AWS::KMS::Key', arn }],
    decision: { allowed: true, reason: 'administrator' },
  }
}
