import { type IamOperationName, KMS, type OperationName, SERVICES, type ServiceName } from '@keyhold/protocol'
import { execute } from '../../../execution/execute.ts'
import type { Chosen } from '../../../execution/chosen.ts'
import type { Serving } from '../../../execution/operations.ts'
import type { Answer } from '../../../execution/request.ts'
import { rootPrincipal } from '../../../identity/accounts/principals.ts'
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
    const body = Buffer.from(JSON.stringify(input))
    const answer = await this.#call('kms', { place, target: `${KMS.targetPrefix}.${operation}`, body, chosen })
    if (answer.status !== 200) throw refused(path, operation, jsonFault(textOf(answer)))
    answer.body.wipe()
  }

  /** Calls an operation of IAM. */
  async iam(path: string, account: string, operation: IamOperationName, input: object, chosen?: Chosen): Promise<void> {
    const form = new URLSearchParams({ Action: operation, Version: SERVICES.iam.model.apiVersion })
    for (const [name, value] of parameters('', input)) form.append(name, value)
    const place = { account, region: IAM_REGION }
    const answer = await this.#call('iam', { place, target: undefined, body: Buffer.from(form.toString()), chosen })
    if (answer.status !== 200) throw refused(path, operation, xmlFault(textOf(answer)))
    answer.body.wipe()
  }

  async #call(
    service: ServiceName,
    {
      place,
      target,
      body,
      chosen,
    }: { place: Place; target: string | undefined; body: Uint8Array; chosen?: Chosen | undefined },
  ): Promise<Answer> {
    const services = { ...this.#services, ...(chosen && { chosen }) }
    const { account, region } = place
    await services.directory.catchUp()
    return execute(
      {
        requestId: services.random.uuid(),
        caller: { ...rootPrincipal(account), accessKeyId: account, region, service },
        service,
        secure: false,
        target,
        body,
        sourceIp: 'AWS Internal',
        userAgent: 'Keyhold seed',
        receivedAtMs: services.clock.now(),
      },
      services,
    )
  }
}

/** Requests to IAM are signed for this Region. */
const IAM_REGION = 'us-east-1'

type FormValue = string | number | boolean | undefined | readonly FormValue[] | object

/** AWS Query: lists and structures become `Tags.member.1.Key`. */
function* parameters(prefix: string, value: FormValue): Generator<[string, string]> {
  if (value === undefined) return
  if (Array.isArray(value)) {
    for (const [index, element] of (value as FormValue[]).entries())
      yield* parameters(`${prefix}.member.${index + 1}`, element)
  } else if (typeof value === 'object') {
    for (const [name, part] of Object.entries(value) as [string, FormValue][])
      yield* parameters(prefix ? `${prefix}.${name}` : name, part)
  } else {
    yield [prefix, String(value)]
  }
}

function textOf({ body }: Answer): string {
  return Buffer.from(body.bytes).toString()
}

function jsonFault(text: string): string {
  const { __type = '', message = '' } = JSON.parse(text) as { __type?: string; message?: string }
  return message === '' ? __type : `${__type}: ${message}`
}

function xmlFault(text: string): string {
  const member = (name: string): string => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? ''
  return unescaped(`${member('Code')}: ${member('Message')}`)
}

function unescaped(text: string): string {
  const characters: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }
  return text.replaceAll(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => characters[name] ?? '')
}

function refused(path: string, operation: string, why: string): SeedError {
  return new SeedError(`${path}: ${operation} is refused: ${why}`)
}
