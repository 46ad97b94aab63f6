import type { OperationName, ServiceName } from '@keyhold/protocol'
import { type AnyOperation, type KeyTarget, worksAcrossAccounts } from './define.ts'
import type { Services } from './services.ts'

/** {@link Services}, with the operations that are served by them. */
export interface Serving extends Services {
  operations: Operations
}

/** Every operation that a server answers, by service. What runs requests is handed them, and knows none by name. */
export class Operations {
  readonly #byService: Readonly<Record<ServiceName, ReadonlyMap<string, AnyOperation>>>
  /** Whether each action of KMS works across accounts, by its name in lower case, as names of actions have no case. */
  readonly #acrossAccounts: ReadonlyMap<string, boolean>

  constructor(operations: Readonly<Record<ServiceName, readonly AnyOperation[]>>) {
    const { kms, iam, sts, keyhold } = operations
    this.#byService = { kms: byName(kms), iam: byName(iam), sts: byName(sts), keyhold: byName(keyhold) }
    this.#acrossAccounts = new Map(
      kms.flatMap((operation) =>
        actionsOf(operation).map((action) => [action.toLowerCase(), worksAcrossAccounts(operation)]),
      ),
    )
  }

  /** Every operation of a service by name, those that are refused included. */
  of(service: ServiceName): ReadonlyMap<string, AnyOperation> {
    return this.#byService[service]
  }

  /** One of the operations that the model has; a test holds that there is one for each. */
  find(service: ServiceName, name: string): AnyOperation {
    const operation = this.#byService[service].get(name)
    if (operation === undefined) throw new Error(`the operation ${service}:${name} is in the model but not declared`)
    return operation
  }

  /**
   * Whether policies can allow an action to other accounts at all, for simulations, which know nothing of a request but
   * its action. An action of KMS that no operation has is for the resource's own account. About other services nothing is
   * known that would forbid it.
   */
  actionWorksAcrossAccounts(action: string): boolean {
    const name = action.toLowerCase()
    return name.startsWith('kms:') ? this.#acrossAccounts.get(name) === true : true
  }
}

function byName(operations: readonly AnyOperation[]): ReadonlyMap<string, AnyOperation> {
  return new Map(operations.map((operation) => [operation.name, operation]))
}

function actionsOf({ name, keys }: AnyOperation): string[] {
  const targets: KeyTarget<OperationName>[] = Object.values(keys)
  return [name, ...targets.map((target) => target.action ?? name)].map((action) => `kms:${action}`)
}
