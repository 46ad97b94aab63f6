import { type Service, type ServiceName, SERVICES } from '@keyhold/protocol'
import type { ActionRules, Actions } from '../domain/policy/action-rules.ts'
import type { GrantOperation } from '../domain/policy/grants/grant-rule.ts'
import type { Auditor } from '../audit/auditor.ts'
import type { AwsManagedKey } from '../domain/keys/aws-managed.ts'
import type { DiskReserve } from '../platform/disk-reserve.ts'
import type { Logger } from '../platform/logger.ts'
import type { Records } from '../vault/records/records.ts'
import type { Journal } from '../vault/storage/journal.ts'
import { type AnyOperation, rulesOf } from './define.ts'
import type { Services } from './services.ts'
import type { TokenBuckets } from './throttle/token-buckets.ts'
import type { Writers } from './writers.ts'

/** What `execute` works with: {@link Services}, the operations that are served by them, and what no operation may touch. */
export interface Serving extends Omit<Services, 'records'>, Admitting, Recording {
  operations: Operations
  /** Creates the key of a service in an account, with its alias, when a caller who can use it first names it. */
  makeAwsManagedKey(wanted: AwsManagedKey): Promise<void>
}

/** What admits requests. */
export interface Admitting extends Pick<Services, 'throttle'> {
  /** How scarce disk space is, and what may still be read then; absent where the disk is not watched. */
  space?: { reserve: Pick<DiskReserve, 'isScarce'>; reads: TokenBuckets }
}

/** What makes changes and their records durable. */
interface Recording {
  records: Records
  /** What changed in the database, and which audit entries wait. */
  store: Journal
  auditor: Auditor
  logger: Logger
  /** Which requests of this process commit when. */
  writers: Writers
}

/** All operations of a server, by service. The code that runs requests gets them from here, and knows none by name. */
export class Operations implements Actions {
  readonly grantable: readonly GrantOperation[]
  readonly #wires: Readonly<Record<ServiceName, Service>>
  readonly #byService: Readonly<Record<ServiceName, ReadonlyMap<string, AnyOperation>>>
  readonly #rules: ReadonlyMap<string, ActionRules>

  /** `wires`: the wire protocols of the services. */
  constructor(operations: Readonly<Record<ServiceName, readonly AnyOperation[]>>, wires = SERVICES) {
    const { kms, iam, sts, keyhold } = operations
    this.#wires = wires
    this.#byService = { kms: byName(kms), iam: byName(iam), sts: byName(sts), keyhold: byName(keyhold) }
    this.#rules = new Map(
      kms.flatMap((operation) => actionsOf(operation).map((action) => [action.toLowerCase(), rulesOf(operation)])),
    )
    this.grantable = kms.flatMap(grantOperationsOf)
  }

  /** Returns the wire protocol of a service. */
  wire(service: ServiceName): Service {
    return this.#wires[service]
  }

  /** All operations of a service by name, including those that are refused. */
  of(service: ServiceName): ReadonlyMap<string, AnyOperation> {
    return this.#byService[service]
  }

  /** Returns an operation of the model. A test checks that each is declared. */
  find(service: ServiceName, name: string): AnyOperation {
    const operation = this.#byService[service].get(name)
    if (operation === undefined) throw new Error(`the operation ${service}:${name} is in the model but not declared`)
    return operation
  }

  rulesOf(action: string): ActionRules | undefined {
    return this.#rules.get(action.toLowerCase())
  }
}

function byName(operations: readonly AnyOperation[]): ReadonlyMap<string, AnyOperation> {
  return new Map(operations.map((operation) => [operation.name, operation]))
}

/** Returns the action of the operation itself and the actions on its keys. */
function actionsOf({ service, name, keys }: AnyOperation): string[] {
  return [name, ...Object.values(keys).map(({ action = name }) => action)].map((action) => `${service}:${action}`)
}

function grantOperationsOf({ name, keys, grantable }: AnyOperation): GrantOperation[] {
  if (grantable === false) return []
  return Object.values(keys).map(({ action = name, usage }) => ({
    name: action,
    ...(usage && { usage }),
    ...grantable,
  }))
}
