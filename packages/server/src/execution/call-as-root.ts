import { KEYHOLD, KMS, type ServiceName, SERVICES } from '@keyhold/protocol'
import { rootPrincipal } from '../identity/accounts/principals.ts'
import type { Chosen } from './chosen.ts'
import { execute } from './execute.ts'
import type { Serving } from './operations.ts'

/** A call that comes from inside, as the root of an account. */
export interface InsideCall {
  service: 'kms' | 'iam' | 'keyhold'
  operation: string
  account: string
  region: string
  /** The members of the request as JSON has them. */
  input: object
  chosen?: Chosen | undefined
  userAgent: string
}

/** Why a call was refused. */
export interface CallFault {
  code: string
  message: string
}

/**
 * Calls an operation as the root of an account, without a network: what is called so can make what requests can make, with
 * the same checks and the same records in the audit log. Resolves with the error if it is refused.
 */
export async function callAsRoot(call: InsideCall, services: Serving): Promise<CallFault | undefined> {
  const { service, account, region, chosen, userAgent } = call
  await services.directory.catchUp()
  const answer = await execute(
    {
      requestId: services.random.uuid(),
      caller: { ...rootPrincipal(account), accessKeyId: account, region, service },
      service,
      secure: false,
      ...bodyOf(call),
      sourceIp: 'AWS Internal',
      userAgent,
      receivedAtMs: services.clock.now(),
    },
    chosen ? { ...services, chosen } : services,
  )
  try {
    if (answer.status === 200) return undefined
    const text = Buffer.from(answer.body.bytes).toString()
    return service === 'iam' ? xmlFault(text) : jsonFault(text)
  } finally {
    answer.body.wipe()
  }
}

function bodyOf({ service, operation, input }: InsideCall): { target: string | undefined; body: Uint8Array } {
  if (service !== 'iam') {
    const { targetPrefix } = service === 'kms' ? KMS : KEYHOLD
    return { target: `${targetPrefix}.${operation}`, body: Buffer.from(JSON.stringify(input)) }
  }
  const form = new URLSearchParams({
    Action: operation,
    Version: SERVICES[service satisfies ServiceName].model.apiVersion,
  })
  for (const [name, value] of parameters('', input)) form.append(name, value)
  return { target: undefined, body: Buffer.from(form.toString()) }
}

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

function jsonFault(text: string): CallFault {
  const { __type = '', message = '' } = JSON.parse(text) as { __type?: string; message?: string }
  return { code: __type, message }
}

function xmlFault(text: string): CallFault {
  const member = (name: string): string => unescaped(new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? '')
  return { code: member('Code'), message: member('Message') }
}

function unescaped(text: string): string {
  const characters: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }
  return text.replaceAll(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => characters[name] ?? '')
}
