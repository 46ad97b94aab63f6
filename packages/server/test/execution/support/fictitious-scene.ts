/** A key, and callers with and without permissions, for tests of the fictitious operation. */
import type { OperationName } from '@keyhold/protocol'
import type { AnyOperation } from '../../../src/execution/define.ts'
import type { Serving } from '../../../src/execution/operations.ts'
import { type Behaviour, servicesOf } from '../../../src/host/assembly/services.ts'
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { addUser, ALLOW_KMS, policyOf } from '../../support/identities.ts'
import { ACCOUNT, OTHER_ACCOUNT, type Reply, TestService } from '../../support/service.ts'
import { FICTITIOUS, withFictitious } from './fictitious.ts'

export class FictitiousScene implements AsyncDisposable {
  readonly service: TestService
  /** Can do everything in the account of the key. */
  readonly admin: Caller
  /** No policy allows them anything. */
  readonly ann: Caller
  /** Belongs to another account, whose policies allow them everything. */
  readonly bob: Caller
  readonly keyArn: string
  #users = 0

  private constructor(service: TestService, callers: { admin: Caller; ann: Caller; bob: Caller }, keyArn: string) {
    this.service = service
    this.admin = callers.admin
    this.ann = callers.ann
    this.bob = callers.bob
    this.keyArn = keyArn
  }

  static async open(): Promise<FictitiousScene> {
    const service = await TestService.open('on')
    const inline = { all: ALLOW_KMS }
    const admin = await addUser(service, 'admin', { inline })
    const ann = await addUser(service, 'ann')
    const bob = await addUser(service, 'bob', { accountId: OTHER_ACCOUNT, inline })
    const { arn } = await service.createKey({}, admin)
    return new FictitiousScene(service, { admin, ann, bob }, arn)
  }

  /** The server with the fictitious operation. `change` replaces members of its declaration. */
  serving(change: Partial<AnyOperation> = {}, behaviour: Partial<Behaviour> = {}): Serving {
    return servicesOf(this.service.engine, { enforcement: 'on', operations: withFictitious(change), ...behaviour })
  }

  /** Calls an operation, by default the fictitious one, on the key unless `more` names another. */
  call(services: Serving, caller: Caller, more: object = {}, name: OperationName = FICTITIOUS): Promise<Reply> {
    return this.service.callOn(services, name, { KeyId: this.keyArn, ...more }, caller)
  }

  /** Returns the code of the error, or `allowed`. */
  async outcome(services: Serving, caller: Caller, more?: object): Promise<string> {
    const { status, body } = await this.call(services, caller, more)
    return status === 200 ? 'allowed' : String(body.__type)
  }

  /** Another user, with an identity policy for each statement. */
  user(...statements: object[]): Promise<Caller> {
    this.#users += 1
    const inline = Object.fromEntries(statements.map((statement, index) => [`policy${index}`, statement]))
    return addUser(this.service, `user${this.#users}`, { inline })
  }

  /** A key whose policy allows both accounts everything. */
  async sharedKey(): Promise<string> {
    const AWS = [ACCOUNT, OTHER_ACCOUNT]
    const Policy = policyOf({ Effect: 'Allow', Principal: { AWS }, Action: 'kms:*', Resource: '*' })
    return (await this.service.createKey({ Policy }, this.admin)).arn
  }

  /** Creates a grant of the fictitious operation unless `more` names others. */
  granted(services: Serving, grantee: Caller, more: object = {}): Promise<Reply> {
    const grant = { GranteePrincipal: grantee.principal.arn, Operations: [FICTITIOUS], ...more }
    return this.call(services, this.admin, grant, 'CreateGrant')
  }

  /** Revokes a grant, and returns what was found out while it existed. */
  async revoked<T>({ body }: Reply, found: T): Promise<T> {
    await this.service.ok('RevokeGrant', { KeyId: this.keyArn, GrantId: body['GrantId'] }, this.admin)
    return found
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.service[Symbol.asyncDispose]()
  }
}
