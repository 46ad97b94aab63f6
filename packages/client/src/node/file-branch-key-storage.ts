import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseJson } from '@keyhold/protocol'
import type { JsonValue } from '@keyhold/protocol'
import { anObject, aText, listOf, someBytes, someTexts } from '../base/arguments.ts'
import type { Check } from '../base/arguments.ts'
import { ACTIVE } from '../branch-keys/record.ts'
import type { BranchKeyRecord } from '../branch-keys/record.ts'
import type { BranchKeyStorage } from '../branch-keys/storage.ts'
import { EnvelopeError } from '../base/error.ts'
import { decodeBase64, encodeBase64 } from '../message/base64.ts'
import { AtomicFile } from './atomic-file.ts'
import { aPath } from './checks.ts'
import { FileLock } from './file-lock.ts'
import { filling } from './target.ts'

/**
 * Branch key records in a folder, one file of JSON for each branch key. Its name is a hash of the branch key's id, which
 * may be any text. Several processes may share the folder: they wait for each other, each for up to 30 seconds.
 */
export class FileBranchKeyStorage implements BranchKeyStorage {
  readonly #folder: string

  constructor(folder: string) {
    aPath(folder, 'FileBranchKeyStorage: the folder')
    this.#folder = resolve(folder)
  }

  async get(branchKeyId: string, type: string): Promise<BranchKeyRecord | undefined> {
    aText(branchKeyId, 'get: the branch key’s id')
    aText(type, 'get: the type')
    return (await this.#read(branchKeyId))?.find((record) => record.type === type)
  }

  async create(records: readonly BranchKeyRecord[]): Promise<void> {
    listOf(aRecord)(records, 'create: the records')
    if (records.length === 0) throw new EnvelopeError('INVALID_ARGUMENT', 'create: there is no record.')
    const id = records[0]!['branch-key-id']
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    await using lock = await FileLock.acquire(this.#pathOf(id))
    if ((await this.#read(id)) !== undefined) throw conflict(`There is a branch key ${JSON.stringify(id)} already.`)
    await this.#write(id, records, lock)
  }

  async addVersion(version: BranchKeyRecord, active: BranchKeyRecord, replaced: BranchKeyRecord): Promise<void> {
    for (const [name, record] of Object.entries({ version, active, replaced })) aRecord(record, `addVersion: ${name}`)
    const id = version['branch-key-id']
    await using lock = await FileLock.acquire(this.#pathOf(id))
    const records = (await this.#read(id)) ?? []
    const current = records.find(({ type }) => type === ACTIVE)
    if (current === undefined || encodeBase64(current.enc) !== encodeBase64(replaced.enc)) {
      throw conflict('Another process has made a version of the branch key meanwhile.')
    }
    await this.#write(id, [...records.filter((record) => record !== current), version, active], lock)
  }

  #pathOf(id: string): string {
    return join(this.#folder, `${createHash('sha256').update(id).digest('hex')}.json`)
  }

  async #read(id: string): Promise<BranchKeyRecord[] | undefined> {
    const path = this.#pathOf(id)
    try {
      return recordsOf(parseJson(await readFile(path)))
    } catch (cause) {
      if (hasCode(cause, 'ENOENT')) return undefined
      const message = `The branch key records in ${path} are damaged.`
      throw cause instanceof SyntaxError ? new EnvelopeError('INVALID_DATA_KEY', message, { cause }) : cause
    }
  }

  async #write(id: string, records: readonly BranchKeyRecord[], lock: FileLock): Promise<void> {
    const json = records.map((record) => ({ ...record, enc: encodeBase64(record.enc) }))
    const bytes = Buffer.from(`${JSON.stringify(json, undefined, 2)}\n`)
    await filling(await AtomicFile.create(this.#pathOf(id), { followLink: false, lock }), (file) => file.write([bytes]))
  }
}

function hasCode(error: unknown, code: 'ENOENT'): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

const aRecord: Check = (value, name) => {
  anObject(value, name)
  const { enc, ...texts } = value as BranchKeyRecord
  someBytes(enc, `${name}.enc`)
  for (const each of ['branch-key-id', 'type', 'kms-arn', 'create-time', 'hierarchy-version'] as const) {
    aText(texts[each], `${name}[${JSON.stringify(each)}]`)
  }
  someTexts({ ...texts }, name)
}

/** Whatever else is wrong with a record, KMS will not open it. */
function recordsOf(json: JsonValue): BranchKeyRecord[] {
  if (!Array.isArray(json)) throw new SyntaxError('not a list')
  return json.map((item) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) throw new SyntaxError('not a record')
    if (Object.values(item).some((value) => typeof value !== 'string')) throw new SyntaxError('not a text')
    const enc = typeof item['enc'] === 'string' ? decodeBase64(item['enc']) : undefined
    if (enc === undefined) throw new SyntaxError('not base64')
    return { ...(item as unknown as BranchKeyRecord), enc }
  })
}

function conflict(message: string): EnvelopeError {
  return new EnvelopeError('CONFLICT', message)
}
