import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type IamOperationName,
  KMS,
  type OperationName,
  SERVICES,
  type StsOperationName,
  type ServiceName,
} from '@keyhold/protocol'
import { type Engine, openEngine } from '../../src/host/assembly/open.ts'
import type { Caller } from '../../src/identity/accounts/caller.ts'
import { accountTable } from '../../src/vault/records/account.ts'
import { rootPrincipal, userPrincipal } from '../../src/identity/accounts/principals.ts'
import type { KeyBody, KeyRecord, KeyState } from '../../src/domain/keys/record.ts'
import { execute } from '../../src/execution/execute.ts'
import type { Serving } from '../../src/execution/operations.ts'
import { type ManualClock, manualClock } from './manual-clock.ts'
import { systemRandom } from '../../src/crypto/random.ts'
import { ephemeralRoot } from '../../src/vault/root/ephemeral-root.ts'
import { type Behaviour, servicesOf } from '../../src/host/assembly/services.ts'
import { Changeset } from '../../src/vault/records/changeset.ts'
import { formBody, readAnswer } from './query.ts'
import { silentLogger } from './silent-logger.ts'

export const ACCOUNT = '111122223333'
export const OTHER_ACCOUNT = '444455556666'
export const REGION = 'eu-central-1'

/** An answer as a client sees it. */
export interface Reply {
  status: number
  body: Record<string, unknown>
}

/** A whole service on a temporary folder, without a network: requests enter where authentication would hand them over. */
export class TestService implements AsyncDisposable {
  readonly engine: Engine
  /** With the store and the hierarchy as the vault has them, for tests that edit rows. */
  readonly services: Serving & Pick<Engine, 'store' | 'hierarchy'>
  readonly clock: ManualClock
  readonly folder: string
  /** The request id in the last answer, if it was a refusal. */
  answeredId: string | undefined

  private constructor(folder: string, engine: Engine, services: TestService['services'], clock: ManualClock) {
    this.folder = folder
    this.engine = engine
    this.services = services
    this.clock = clock
  }

  /** `rateWorkers` makes it count requests; `accounts` are there from the start, so that policies and grants may name them. */
  static async open(
    enforcement: Serving['enforcement'] = 'off',
    {
      accounts = [ACCOUNT, OTHER_ACCOUNT],
      ...behaviour
    }: Pick<Behaviour, 'rateWorkers'> & { accounts?: string[] } = {},
  ): Promise<TestService> {
    const folder = await mkdtemp(join(tmpdir(), 'keyhold-service-'))
    const clock = manualClock(Date.UTC(2026, 0, 1))
    const root = ephemeralRoot(systemRandom)
    const sealed = { folder, store: 'sqlite', rootId: root.id, providers: [root] } as const
    const options = { use: 'create', clock, logger: silentLogger, durability: 'write' } as const
    const engine = await openEngine(sealed, options)
    const { store, hierarchy } = engine
    const services = { ...servicesOf(engine, { enforcement, ...behaviour }), store, hierarchy }
    const service = new TestService(folder, engine, services, clock)
    await service.addAccounts(...accounts)
    return service
  }

  /** Creates accounts without any principals. */
  async addAccounts(...accountIds: string[]): Promise<void> {
    const { records } = this.services
    const changes = new Changeset()
    for (const accountId of accountIds) changes.insert(accountTable, { accountId, createdMs: this.clock.now() })
    await records.commit(changes)
  }

  /** What `act` puts may name accounts and services that are not there, as in folders of earlier builds. */
  async namingStrangers<T>(act: () => Promise<T>): Promise<T> {
    this.services.unknownParties = 'accepted'
    try {
      return await act()
    } finally {
      delete this.services.unknownParties
    }
  }

  async call(operation: OperationName, input: object, caller: Caller = callerOf(ACCOUNT)): Promise<Reply> {
    return this.send(`${KMS.targetPrefix}.${operation}`, JSON.stringify(input), caller)
  }

  /** A request to KMS that these services answer: those of another process on the same folder. */
  async callOn(services: Serving, operation: OperationName, input: object, caller: Caller): Promise<Reply> {
    const target = `${KMS.targetPrefix}.${operation}`
    const { status, text } = await this.#execute('kms', target, JSON.stringify(input), caller, services)
    return { status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) }
  }

  async send(
    target: string | undefined,
    body: string | Uint8Array,
    caller: Caller = callerOf(ACCOUNT),
  ): Promise<Reply> {
    const { status, text } = await this.#execute(
      target?.startsWith('Keyhold.') ? 'keyhold' : 'kms',
      target,
      body,
      caller,
    )
    return { status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) }
  }

  /** A request to IAM or STS: it enters as a form, and its answer is XML. */
  async query(
    service: 'iam' | 'sts',
    operation: IamOperationName | StsOperationName,
    input: object,
    caller: Caller = rootOf(ACCOUNT),
    services: Serving = this.services,
  ): Promise<Reply> {
    const form = formBody(operation, SERVICES[service].model.apiVersion, input)
    const { status, text } = await this.#execute(service, undefined, form, { ...caller, service }, services)
    return { status, body: readAnswer(text) }
  }

  /** The result of a request to IAM that succeeds; throws for any other. */
  async iam<T = Record<string, string>>(operation: IamOperationName, input: object, caller?: Caller): Promise<T> {
    const reply = await this.query('iam', operation, input, caller)
    if (reply.status !== 200) throw new Error(`${operation} failed: ${JSON.stringify(reply.body)}`)
    return reply.body as T
  }

  /** A request to IAM that succeeds, of another process on the same folder. */
  async iamOn(services: Serving, operation: IamOperationName, input: object): Promise<void> {
    const form = formBody(operation, SERVICES.iam.model.apiVersion, input)
    const { status, text } = await this.#execute('iam', undefined, form, rootOf(ACCOUNT), services)
    if (status !== 200) throw new Error(`${operation} failed: ${text}`)
  }

  /** `Code: message` of a request to IAM that fails; throws for a success. */
  async iamFault(operation: IamOperationName, input: object, caller?: Caller): Promise<string> {
    const { status, body } = await this.query('iam', operation, input, caller)
    if (status === 200) throw new Error(`${operation} succeeded`)
    return `${String(body['Code'])}: ${String(body['Message'])}`
  }

  /** The result of a request to STS that succeeds; throws for any other. */
  async sts<T = Record<string, string>>(operation: StsOperationName, input: object, caller?: Caller): Promise<T> {
    const reply = await this.query('sts', operation, input, caller)
    if (reply.status !== 200) throw new Error(`${operation} failed: ${JSON.stringify(reply.body)}`)
    return reply.body as T
  }

  /** `Code: message` of a request to STS that fails; throws for a success. */
  async stsFault(operation: StsOperationName, input: object, caller?: Caller): Promise<string> {
    const { status, body } = await this.query('sts', operation, input, caller)
    if (status === 200) throw new Error(`${operation} succeeded`)
    return `${String(body['Code'])}: ${String(body['Message'])}`
  }

  /** A user who calls; all permissions were or will be given by name. */
  async user(UserName: string, Path?: string, accountId = ACCOUNT): Promise<Caller> {
    const asked = { UserName, Path }
    const { User } = await this.iam<{ User: { UserId: string } }>('CreateUser', asked, rootOf(accountId))
    await this.services.directory.catchUp()
    const entry = await this.services.directory.principal(User.UserId)
    if (entry?.value.type !== 'IAMUser') throw new Error(`no user ${UserName}`)
    return { ...userPrincipal(entry.value), accessKeyId: `AKIA${UserName}`, region: REGION, service: 'iam' }
  }

  async #execute(
    service: ServiceName,
    target: string | undefined,
    body: string | Uint8Array,
    caller: Caller,
    services: Serving = this.services,
  ): Promise<{ status: number; text: string }> {
    await services.directory.catchUp()
    const answer = await execute(
      {
        requestId: systemRandom.uuid(),
        caller,
        service,
        secure: false,
        target,
        body: typeof body === 'string' ? Buffer.from(body) : body,
        sourceIp: '127.0.0.1',
        userAgent: 'test',
        receivedAtMs: this.clock.now(),
      },
      services,
    )
    this.answeredId = answer.requestId
    return { status: answer.status, text: Buffer.from(answer.body.bytes).toString() }
  }

  /** The members of a successful answer; throws for any other. */
  async ok<T = Record<string, string>>(operation: OperationName, input: object, caller?: Caller): Promise<T> {
    const reply = await this.call(operation, input, caller)
    if (reply.status !== 200) throw new Error(`${operation} failed: ${JSON.stringify(reply.body)}`)
    return reply.body as T
  }

  /** `Code: message`, or `Code` where there is no message; throws for a success. */
  async fault(operation: OperationName, input: object, caller?: Caller): Promise<string> {
    const { status, body } = await this.call(operation, input, caller)
    if (status === 200) throw new Error(`${operation} succeeded`)
    return 'message' in body ? `${String(body.__type)}: ${String(body.message)}` : String(body.__type)
  }

  async createKey(input: object = {}, caller?: Caller): Promise<{ keyId: string; arn: string }> {
    const { KeyMetadata } = await this.ok<{ KeyMetadata: { KeyId: string; Arn: string } }>('CreateKey', input, caller)
    return { keyId: KeyMetadata.KeyId, arn: KeyMetadata.Arn }
  }

  /** Writes a key's record as a job would: the only way into states that no operation here leads to. */
  async force(keyId: string, change: ForcedChange): Promise<void> {
    const { directory, records } = this.services
    await directory.catchUp()
    const key = await directory.key({ region: REGION, keyId })
    if (key === undefined) throw new Error(`no key ${keyId}`)
    const changes = new Changeset()
    changes.update(key, { ...key.value, ...change } as KeyRecord)
    await records.commit(changes)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine.close()
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** A change of a key's record, also into one that the types do not allow. */
export interface ForcedChange extends Partial<KeyBody> {
  state?: KeyState
  deletionMs?: number
  deletionWait?: KeyRecord['deletionWait']
  pendingWindowDays?: number
}

export function callerOf(accountId: string, region = REGION): Caller {
  const arn = `arn:aws:iam::${accountId}:user/tester`
  return {
    principal: { principalId: `AIDA${accountId}`, accountId, arn, type: 'IAMUser', userName: 'tester' },
    accessKeyId: `AKIA${accountId}`,
    region,
    service: 'kms',
  }
}

/** The root of an account, who may do everything in it. */
export function rootOf(accountId: string): Caller {
  return { ...rootPrincipal(accountId), accessKeyId: accountId, region: REGION, service: 'iam' }
}

export function base64(text: string | Uint8Array): string {
  return Buffer.from(text).toString('base64')
}
