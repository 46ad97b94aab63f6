/** Two accounts and two Regions with everything that a request can name, and whose it is. */
import { randomBytes } from 'node:crypto'
import type { OperationName } from '@keyhold/protocol'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { deleteDueKeys } from '../../../src/jobs/deletion.ts'
import { dateAlone } from '../../../src/jobs/time-guard.ts'
import { OTHER_ACCOUNT, TestService } from '../../support/service.ts'
import { addUser, policyOf } from '../../support/identities.ts'
import { KEYS, madeWith, REPLICA_REGION, type Wanted } from '../support/prepared.ts'

const EVERYTHING = { Effect: 'Allow', Action: '*', Resource: '*' }
const DAY_MS = 86_400_000

/** A key that is not the one that a request is about, and what it made. */
export interface ForeignKey {
  keyId: string
  arn: string
  /** `alias/…`, in the account and Region of the key. */
  alias: string
  made: Record<string, string>
}

/** Keys of one spec, by whose they are. */
export interface ForeignKeys {
  /** In the caller's account, with a policy that names another user alone. */
  othersKey: ForeignKey
  otherAccounts: ForeignKey
  otherRegions: ForeignKey
  deleted: ForeignKey
  /** The caller's own second key. */
  second: ForeignKey
}

export class SubstitutionWorld implements AsyncDisposable {
  readonly service: TestService
  /** May do everything that its account may. It is the attacker, too. */
  readonly admin: Caller
  readonly adminElsewhere: Caller
  /** Another user of the account, with keys that no other user may use. */
  readonly owner: Caller
  /** The administrator of the other account. */
  readonly partner: Caller
  /** A user without any policy: all it may do comes from grants. */
  readonly grantee: Caller
  readonly #foreign = new Map<string, Promise<ForeignKeys>>()
  #names = 0

  private constructor(service: TestService, callers: Record<'admin' | 'owner' | 'partner' | 'grantee', Caller>) {
    this.service = service
    this.admin = callers.admin
    this.adminElsewhere = { ...callers.admin, region: REPLICA_REGION }
    this.owner = callers.owner
    this.partner = callers.partner
    this.grantee = callers.grantee
  }

  static async open(): Promise<SubstitutionWorld> {
    const service = await TestService.open('on')
    const inline = { all: EVERYTHING }
    return new SubstitutionWorld(service, {
      admin: await addUser(service, 'admin', { inline }),
      owner: await addUser(service, 'owner', { inline }),
      partner: await addUser(service, 'partner', { inline, accountId: OTHER_ACCOUNT }),
      grantee: await addUser(service, 'grantee'),
    })
  }

  /** A name that nothing has yet. */
  fresh(prefix: string): string {
    this.#names += 1
    return `${prefix}${this.#names}`
  }

  /** Keys like the one that an operation needs, made once a spec. */
  foreignKeys(operation: OperationName): Promise<ForeignKeys> {
    const wanted = KEYS[operation] ?? {}
    const id = JSON.stringify(wanted)
    const known = this.#foreign.get(id) ?? this.#makeKeys(wanted)
    this.#foreign.set(id, known)
    return known
  }

  async #makeKeys(wanted: Wanted): Promise<ForeignKeys> {
    const { owner, partner, admin, adminElsewhere } = this
    const Statement = { Effect: 'Allow', Principal: { AWS: owner.principal.arn }, Action: 'kms:*', Resource: '*' }
    return {
      deleted: await this.#deletedKey(wanted),
      othersKey: await this.#key({ ...wanted, Policy: policyOf(Statement) }, owner),
      otherAccounts: await this.#key(wanted, partner),
      otherRegions: await this.#key(wanted, adminElsewhere),
      second: await this.#key(wanted, admin),
    }
  }

  async #key(wanted: Wanted & { Policy?: string }, caller: Caller): Promise<ForeignKey> {
    const { service } = this
    const { keyId, arn } = await service.createKey(wanted, caller)
    const alias = `alias/${keyId}`
    await service.ok('CreateAlias', { AliasName: alias, TargetKeyId: keyId }, caller)
    const scene = { service, caller }
    const isEmpty = wanted.Origin === 'EXTERNAL'
    const made = isEmpty ? {} : await madeWith(keyId, wanted.KeyUsage ?? 'ENCRYPT_DECRYPT', scene)
    return { keyId, arn, alias, made: made as Record<string, string> }
  }

  /** A key of the caller's that is gone for good, with all that it made. */
  async #deletedKey(wanted: Wanted): Promise<ForeignKey> {
    const { service, admin } = this
    const key = await this.#key(wanted, admin)
    await service.ok('ScheduleKeyDeletion', { KeyId: key.keyId, PendingWindowInDays: 7 }, admin)
    service.clock.advance(8 * DAY_MS)
    await deleteDueKeys({ ...service.services, guard: dateAlone })
    return key
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.service[Symbol.asyncDispose]()
  }
}

/** Key material, as importers bring it. */
export const material = (): Uint8Array => randomBytes(32)
