import { everyPrincipal } from '../../identity/directory/everybody.ts'
import { issueAccessKey, type IssuedAccessKey } from '../../identity/accounts/access-key.ts'
import { accessKeyTable } from '../../vault/records/access-key.ts'
import { principalTable, type ServiceRecord } from '../../vault/records/principal.ts'
import { isOwnSigningName, signingNameOf } from '../../identity/accounts/signing-name.ts'
import { Changeset } from '../../vault/records/changeset.ts'
import { commitDeed, type OperatorContext } from './deed.ts'
import { type NamedAlready, namedAlready } from './named-already.ts'
import { requireServiceName } from './names.ts'
import { operatorAccount } from './operator-account.ts'
import { OperatorError } from './operator-error.ts'

/** A new service with its access key. The secret is returned only here. */
export interface IssuedService extends Pick<IssuedAccessKey, 'secretAccessKey'> {
  name: string
  accountId: string
  accessKeyId: string
  /** Policies and grants that named it before: they apply to it from now on. */
  namedAlready: NamedAlready
}

/** Registers a service in the operator's account, with an access key. Throws {@link OperatorError} if it exists. */
export async function createService(name: string, context: OperatorContext): Promise<IssuedService> {
  requireServiceName(name)
  if ((await context.records.get(principalTable, { principalId: name })) !== undefined) {
    throw new OperatorError(`The service ${name} is already registered.`)
  }
  // Access keys refer to a service by its name: those of a registration whose row is missing would belong to the new
  // one.
  if ((await context.records.listByOwner(accessKeyTable, { principalId: name }, { limit: 1 })).length > 0) {
    throw new OperatorError(`The data folder has access keys of a service ${name} that is no longer registered.`)
  }
  await requireSigningName(name, context)
  const accountId = await operatorAccount(context)
  const record: ServiceRecord = { type: 'Service', principalId: name, accountId, createdMs: context.clock.now() }
  const changes = new Changeset()
  changes.insert(principalTable, record)
  const issued = await issueAccessKey({ ...record, nowMs: record.createdMs }, context, changes)
  const { accessKeyId } = issued.record
  const response = { accessKeyId }
  const named = await namedAlready({ service: name }, context)
  await commitDeed({ name: 'CreateService', accountId, request: { service: name }, response }, changes, context)
  return { name, accountId, accessKeyId, secretAccessKey: issued.secretAccessKey, namedAlready: named }
}

/**
 * Checks that no other service has this signing name, because it could forward requests that users signed for this one.
 * Throws {@link OperatorError}.
 */
async function requireSigningName(name: string, context: OperatorContext): Promise<void> {
  const signingName = signingNameOf(name)
  const other = isOwnSigningName(signingName)
    ? 'Keyhold itself'
    : (await services(context)).find(({ principalId }) => signingNameOf(principalId) === signingName)?.principalId
  if (other === undefined) return
  throw new OperatorError(`Requests to ${name} would be signed for ${signingName}, which is ${other}. Choose another.`)
}

/** Returns all registered services, in alphabetical order. */
export async function services(context: Pick<OperatorContext, 'records'>): Promise<ServiceRecord[]> {
  const found: ServiceRecord[] = []
  for await (const record of everyPrincipal(await operatorAccount(context), context)) {
    if (record.type === 'Service') found.push(record)
  }
  return found
}

/**
 * Disables or enables a service. Resolves to false if it is in that state already. The access keys of a disabled
 * service, and the sessions that it has for users, are refused. Throws {@link OperatorError} for an unknown service.
 */
export async function setServiceEnabled(name: string, enabled: boolean, context: OperatorContext): Promise<boolean> {
  const stored = await context.records.get(principalTable, { principalId: name })
  const record = stored?.value
  if (stored === undefined || record?.type !== 'Service') {
    throw new OperatorError(`There is no service ${name}. See: keyhold operator service ls`)
  }
  const { disabled = false, ...rest } = record
  if (disabled !== enabled) return false
  const changes = new Changeset()
  changes.update(stored, enabled ? rest : { ...rest, disabled: true })
  const { accountId } = record
  const deed = enabled ? ('EnableService' as const) : ('DisableService' as const)
  await commitDeed({ name: deed, accountId, request: { service: name } }, changes, context)
  return true
}
