import { addAccount, addAdministrator, type IssuedAdministrator } from '../identity/administrator.ts'
import { Changeset } from '../storage/changeset.ts'
import type { Row } from '../storage/store.ts'
import { commitDeed, type OperatorContext } from './deed.ts'
import { requireAccountId, requireUserName } from './names.ts'
import { OperatorError } from './operator-error.ts'

/** An account and its first administrator. */
export interface WantedAccount {
  accountId: string
  userName: string
}

/** Makes an account with an administrator; `beside` commits with them. Throws {@link OperatorError} where it exists. */
export async function createAccount(
  { accountId, userName }: WantedAccount,
  context: OperatorContext,
  beside: readonly Row[] = [],
): Promise<IssuedAdministrator> {
  requireAccountId(accountId)
  requireUserName(userName)
  if ((await context.store.get('account', accountId)) !== undefined) {
    throw new OperatorError(`The account ${accountId} exists already.`)
  }
  const changes = new Changeset()
  const wanted = { accountId, userName, nowMs: context.clock.now() }
  await addAccount(wanted, context.hierarchy, changes)
  const issued = await addAdministrator(wanted, context, changes)
  for (const row of beside) changes.insert(row)
  const response = { arn: issued.arn, accessKeyId: issued.accessKeyId }
  await commitDeed({ name: 'CreateAccount', accountId, request: { accountId, userName }, response }, changes, context)
  return issued
}

/** The account. Throws {@link OperatorError} where there is none of that id. */
export async function requireAccount(accountId: string, { store, hierarchy }: OperatorContext): Promise<void> {
  const row = await store.get('account', accountId)
  if (row === undefined) throw new OperatorError(`There is no account ${accountId}. See: keyhold operator account ls`)
  await hierarchy.verify(row)
}
