import { parseArn } from '@keyhold/protocol'
import { principalIdOf } from '../../identity/directory/bind-principals.ts'
import { everyAccount, everyPrincipal } from '../../identity/directory/everybody.ts'
import type { Caller } from '../../identity/accounts/caller.ts'
import { federatedUserInArn, principalArn, rootArn } from '../../identity/accounts/entity-arns.ts'
import {
  federatedName,
  isDisabled,
  rolePrincipal,
  rootPrincipal,
  servicePrincipal,
  userPrincipal,
} from '../../identity/accounts/principals.ts'
import { ADMINISTRATOR_ACCESS, type PrincipalRecord, type UserRecord } from '../../vault/records/principal.ts'
import type { Services } from '../../execution/services.ts'
import { AccessError } from './access-error.ts'

/** A possible caller, with a name. For a role, any of its sessions is the caller. */
export interface Asker extends Pick<Caller, 'principal' | 'identityId' | 'session'> {
  /** The ARN of the user, role, session or root, or the name of a service. */
  name: string
}

/** The session name that means all sessions of a role. */
const ANY_SESSION = 'any-session'

/** Returns the principal with this ARN, or the service of this name. Throws {@link AccessError} if there is none. */
export async function askerNamed(text: string, services: Services): Promise<Asker> {
  const asker = await findAsker(text, services)
  if (asker !== undefined) return asker
  throw new AccessError(
    'question',
    `There is no principal ${text}: name a user, role, role session or root by its ARN, or a service.`,
  )
}

/** Like {@link askerNamed}, but returns `undefined` if there is none. */
export async function findAsker(text: string, services: Services): Promise<Asker | undefined> {
  return (
    (await rootNamed(text, services)) ?? (await federatedNamed(text, services)) ?? (await entityNamed(text, services))
  )
}

/** Returns the only administrator of the folder. Throws {@link AccessError} if there are none or several. */
export async function soleAdministrator(services: Services): Promise<Asker> {
  const administrators: PrincipalRecord[] = []
  for (const { accountId } of await everyAccount(services)) {
    for await (const record of everyPrincipal(accountId, services)) {
      if (record.type === 'IAMUser' && isAdministrator(record)) administrators.push(record)
    }
  }
  const [only, ...others] = administrators
  if (only === undefined || others.length > 0) {
    throw new AccessError('question', 'Name the principal: the data folder does not have exactly one administrator.')
  }
  return askerOf(only, services)
}

function isAdministrator({ attached }: UserRecord): boolean {
  return attached.some(({ arn }) => arn === ADMINISTRATOR_ACCESS)
}

/** Yields all principals of the data folder: the root, users and roles of each account, and the services. */
export async function* everyAsker(accounts: readonly string[], services: Services): AsyncGenerator<Asker> {
  for (const accountId of accounts) {
    yield rootOf(accountId)
    for await (const record of everyPrincipal(accountId, services)) {
      if (!isDisabled(record)) yield askerOf(record, services)
    }
  }
}

function askerOf(record: PrincipalRecord, services: Services, sessionName = ANY_SESSION): Asker {
  const name = principalArn(record)
  if (record.type === 'IAMUser') return { ...userPrincipal(record), name }
  if (record.type === 'Service') return { ...servicePrincipal(record), name }
  const owner = rolePrincipal(record, sessionName)
  return {
    ...owner,
    session: newSession(services),
    name: sessionName === ANY_SESSION ? name : owner.principal.arn,
  }
}

/** The root of an account. */
export function rootOf(accountId: string): Asker {
  const owner = rootPrincipal(accountId)
  return { ...owner, name: owner.principal.arn }
}

/** A new session without any limits. */
function newSession({ clock }: Services): Asker['session'] {
  return { issuedMs: clock.now(), expiresMs: Infinity, tags: [], transitiveTagKeys: [] }
}

async function rootNamed(text: string, services: Services): Promise<Asker | undefined> {
  const account = (await everyAccount(services)).find(({ accountId }) => text === rootArn(accountId))
  return account && rootOf(account.accountId)
}

/**
 * A federated user known only by name: neither the user who requested the session nor its session policies are known.
 */
async function federatedNamed(text: string, services: Services): Promise<Asker | undefined> {
  const named = federatedUserInArn(parseArn(text))
  if (named === undefined || (await services.directory.account(named.accountId)) === undefined) return undefined
  return {
    principal: federatedName(named),
    session: { issuedMs: services.clock.now(), expiresMs: Infinity, policies: [], tags: [], transitiveTagKeys: [] },
    name: text,
  }
}

async function entityNamed(text: string, services: Services): Promise<Asker | undefined> {
  const id = text.startsWith('arn:') ? await principalIdOf(text, services.directory) : text
  const [entityId, sessionName] = (id ?? '').split(':')
  const record = entityId ? (await services.directory.principal(entityId))?.value : undefined
  return record && !isDisabled(record) ? askerOf(record, services, sessionName) : undefined
}
