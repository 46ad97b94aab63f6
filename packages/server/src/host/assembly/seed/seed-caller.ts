import type { IamOperationName, OperationName } from '@keyhold/protocol'
import { callAsRoot, type InsideCall } from '../../../execution/call-as-root.ts'
import type { Chosen } from '../../../execution/chosen.ts'
import type { Serving } from '../../../execution/operations.ts'
import { SeedError } from './kinds.ts'

/** Where a seed puts something. */
export interface Place {
  account: string
  region: string
}

/**
 * Calls operations as the root of the account that a seed names. So a seed makes what requests could make, with the same
 * checks and the same records in the audit log; only {@link Chosen} values are its own.
 */
export class SeedCaller {
  readonly #services: Serving

  constructor(services: Serving) {
    this.#services = services
  }

  /** Calls an operation of KMS. Throws {@link SeedError} with the path in the seed and the reason of the refusal. */
  async kms(path: string, place: Place, operation: OperationName, input: object, chosen?: Chosen): Promise<void> {
    await this.#call(path, { service: 'kms', operation, ...place, input, chosen })
  }

  /** Calls an operation of IAM. */
  async iam(path: string, account: string, operation: IamOperationName, input: object, chosen?: Chosen): Promise<void> {
    await this.#call(path, { service: 'iam', operation, account, region: IAM_REGION, input, chosen })
  }

  async #call(path: string, call: Omit<InsideCall, 'userAgent'>): Promise<void> {
    const fault = await callAsRoot({ ...call, userAgent: 'Keyhold seed' }, this.#services)
    if (fault === undefined) return
    const why = fault.message === '' && call.service === 'kms' ? fault.code : `${fault.code}: ${fault.message}`
    throw new SeedError(`${path}: ${call.operation} is refused: ${why}`)
  }
}

/** Requests to IAM are signed for this Region. */
const IAM_REGION = 'us-east-1'
