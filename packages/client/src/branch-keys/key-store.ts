import type { Secret } from '@keyhold/protocol'
import { aText, optional, requireOptions, someTexts, withMethods } from '../base/arguments.ts'
import type { Shape } from '../base/arguments.ts'
import { EnvelopeError } from '../base/error.ts'
import { aKms, GRANTS_SHAPE } from '../keyrings/checks.ts'
import { parseKeyArn } from '../keyrings/key-arn.ts'
import type { KeyArn } from '../keyrings/key-arn.ts'
import { grantsOf, secretOf } from '../keyrings/kms-unwrap.ts'
import type { Grants } from '../keyrings/kms-unwrap.ts'
import type { Kms } from '../kms/kms.ts'
import type { EncryptionContext } from '../message/context.ts'
import { ACTIVE, BEACON, contextOf, CUSTOM_PREFIX, HIERARCHY_VERSION, VERSION_PREFIX, versionOf } from './record.ts'
import type { BranchKeyRecord } from './record.ts'
import type { BranchKeyStorage } from './storage.ts'

const BRANCH_KEY_BYTES = 32

export interface BranchKeyStoreOptions {
  kms: Kms
  /** Seals the branch keys. */
  key: KeyArn
  /** The logical name of the store: bound to every branch key in it. */
  name: string
  storage: BranchKeyStorage
  grantTokens?: readonly string[]
}

const STORE_SHAPE: Shape<BranchKeyStoreOptions> = {
  ...GRANTS_SHAPE,
  kms: aKms,
  key: aText,
  name: aText,
  storage: withMethods('a BranchKeyStorage', 'get', 'create', 'addVersion'),
}

interface CreateOptions {
  /** Default: a random UUID. One of your own needs a context, as the specification has it. */
  id?: string
  context?: EncryptionContext
}

const CREATE_SHAPE: Shape<CreateOptions> = { id: optional(aText), context: optional(someTexts) }

export interface BranchKey {
  /** The caller wipes it. */
  readonly dataKey: Secret
  readonly id: string
  /** A UUID. */
  readonly version: string
}

/** Branch keys, sealed under one KMS key. Specification, "Branch key store", hierarchy version 1. */
export class BranchKeyStore {
  readonly #kms: Kms
  readonly #key: KeyArn
  readonly #name: string
  readonly #storage: BranchKeyStorage
  readonly #grants: Grants

  /** @throws EnvelopeError INVALID_ARGUMENT for what is not the ARN of a key, or a store without a name. */
  constructor(options: BranchKeyStoreOptions) {
    requireOptions(options, 'BranchKeyStore', STORE_SHAPE)
    const { kms, key, name, storage, grantTokens } = options
    parseKeyArn(key)
    if (name === '') throw new EnvelopeError('INVALID_ARGUMENT', 'A branch key store needs a name.')
    this.#kms = kms
    this.#key = key
    this.#name = name
    this.#storage = storage
    this.#grants = grantsOf(grantTokens)
  }

  /**
   * Makes a branch key, with its first version and its beacon key. The keys themselves stay in the KMS.
   *
   * @returns its id.
   */
  async createKey(options: CreateOptions = {}): Promise<string> {
    requireOptions(options, 'createKey', CREATE_SHAPE)
    const { id = crypto.randomUUID(), context = {} } = options
    if (options.id !== undefined && Object.keys(context).length === 0) {
      throw new EnvelopeError('INVALID_ARGUMENT', 'A branch key with an id of its own needs an encryption context.')
    }
    const shared = { ...this.#attributes(id), ...prefixed(context) }
    const { version, active } = await this.#makeVersion(shared)
    const beacon = await this.#generate({ ...shared, type: BEACON })
    await this.#storage.create([version, active, beacon])
    return id
  }

  /** Makes a new version, with which is encrypted from now on. What earlier ones sealed still opens. */
  async versionKey(id: string): Promise<void> {
    aText(id, 'versionKey: the id')
    const current = await this.#read(id, ACTIVE)
    await this.#reEncrypt(current, current) // which proves that all of its attributes are the store's own
    const { version, active } = await this.#makeVersion({ ...lasting(current), 'create-time': now() })
    await this.#storage.addVersion(version, active, current)
  }

  /** The version to encrypt with. */
  async activeKey(id: string): Promise<BranchKey> {
    aText(id, 'activeKey: the id')
    return this.#open(await this.#read(id, ACTIVE))
  }

  /** A version that a message names. */
  async keyOfVersion(id: string, version: string): Promise<BranchKey> {
    aText(id, 'keyOfVersion: the id')
    aText(version, 'keyOfVersion: the version')
    return this.#open(await this.#read(id, VERSION_PREFIX + version))
  }

  #attributes(id: string): Attributes {
    return {
      'branch-key-id': id,
      'kms-arn': this.#key,
      'create-time': now(),
      'hierarchy-version': HIERARCHY_VERSION,
    }
  }

  async #read(id: string, type: string): Promise<BranchKeyRecord> {
    const record = await this.#storage.get(id, type)
    if (record === undefined)
      throw unusable(`There is no branch key ${JSON.stringify(id)} with ${JSON.stringify(type)}.`)
    const isAsked = record['branch-key-id'] === id && record.type === type
    if (!isAsked || record['kms-arn'] !== this.#key) throw unusable('The branch key record is not the one asked for.')
    return record
  }

  async #makeVersion(shared: Attributes): Promise<{ version: BranchKeyRecord; active: BranchKeyRecord }> {
    const type = VERSION_PREFIX + crypto.randomUUID()
    const version = await this.#generate({ ...shared, type })
    const active = await this.#reEncrypt(version, { ...shared, type: ACTIVE, version: type, enc: version.enc })
    return { version, active }
  }

  async #generate(attributes: Omit<BranchKeyRecord, 'enc'>): Promise<BranchKeyRecord> {
    const EncryptionContext = { ...contextOf({ ...attributes, enc: NOTHING }, this.#name) }
    const input = { KeyId: this.#key, NumberOfBytes: BRANCH_KEY_BYTES, EncryptionContext, ...this.#grants }
    const { region } = parseKeyArn(this.#key)
    const answer = await this.#kms.call('GenerateDataKeyWithoutPlaintext', input, { region })
    return { ...attributes, enc: this.#sealed(answer.KeyId, answer.CiphertextBlob) }
  }

  async #reEncrypt(source: BranchKeyRecord, destination: BranchKeyRecord): Promise<BranchKeyRecord> {
    const input = {
      CiphertextBlob: source.enc,
      SourceKeyId: this.#key,
      SourceEncryptionContext: { ...contextOf(source, this.#name) },
      DestinationKeyId: this.#key,
      DestinationEncryptionContext: { ...contextOf(destination, this.#name) },
      ...this.#grants,
    }
    const answer = await this.#kms.call('ReEncrypt', input, { region: parseKeyArn(this.#key).region })
    return { ...destination, enc: this.#sealed(answer.KeyId, answer.CiphertextBlob) }
  }

  async #open(record: BranchKeyRecord): Promise<BranchKey> {
    const version = versionOf(record)
    const EncryptionContext = { ...contextOf(record, this.#name) }
    const input = { KeyId: this.#key, CiphertextBlob: record.enc, EncryptionContext, ...this.#grants }
    const answer = await this.#kms.call('Decrypt', input, { region: parseKeyArn(this.#key).region })
    const dataKey = secretOf(answer, this.#key)
    if ('reason' in dataKey) throw unusable(`The branch key does not open: ${dataKey.reason}`)
    if (dataKey.byteLength === BRANCH_KEY_BYTES) return { dataKey, id: record['branch-key-id'], version }
    dataKey.wipe()
    throw unusable('The branch key has the wrong length.')
  }

  #sealed(answered: string | undefined, ciphertext: Uint8Array | undefined): Uint8Array {
    if (answered === this.#key && ciphertext !== undefined && ciphertext.length > 0) return ciphertext
    throw unusable(`The KMS did not answer with a ciphertext of ${this.#key}.`)
  }
}

type Attributes = Pick<BranchKeyRecord, 'branch-key-id' | 'kms-arn' | 'create-time' | 'hierarchy-version'>

/** What all versions of a branch key share. */
function lasting(record: BranchKeyRecord): Attributes {
  const { enc: _sealed, type: _type, version: _version, ...attributes } = record
  return attributes
}

const NOTHING = new Uint8Array(0)

function prefixed(context: EncryptionContext): Record<`aws-crypto-ec:${string}`, string> {
  return Object.fromEntries(Object.entries(context).map(([name, value]) => [CUSTOM_PREFIX + name, value]))
}

/** With the six digits behind the second that the specification wants; clocks here tell three. */
function now(): string {
  return new Date().toISOString().replace('Z', '000Z')
}

function unusable(message: string): EnvelopeError {
  return new EnvelopeError('INVALID_DATA_KEY', message)
}
