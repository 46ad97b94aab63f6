import { addAdministrator, type IssuedAdministrator } from '../../identity/accounts/administrator.ts'
import { Changeset } from '../../vault/records/changeset.ts'
import { accountTable } from '../../vault/records/account.ts'
import { type SettingRecord, settingTable } from '../../vault/records/setting.ts'
import { commitDeed, type OperatorContext } from './deed.ts'
import { requireAccountId, requireUserName } from './names.ts'
import { describeNamed, type NamedAlready, namedAlready } from './named-already.ts'
import { OperatorError } from './operator-error.ts'

/** A new account and its first administrator. */
export interface WantedAccount {
  accountId: string
  userName: string
  /**
   * Creates the account even if existing policies and grants name it and would give it access. Otherwise it is refused.
   */
  acceptAccess?: boolean | undefined
}

/** A created account, and the policies and grants that name it. */
export interface CreatedAccount extends IssuedAdministrator {
  namedAlready: NamedAlready
}

/**
 * Creates an account with an administrator; the settings `beside` are committed with them. Throws {@link OperatorError}
 * if the account exists, or if policies or grants of an earlier build name it, because they would give it access at once.
 */
export async function createAccount(
  { accountId, userName, acceptAccess = false }: WantedAccount,
  context: OperatorContext,
  beside: readonly SettingRecord[] = [],
): Promise<CreatedAccount> {
  requireAccountId(accountId)
  requireUserName(userName)
  if ((await context.records.get(accountTable, { accountId })) !== undefined) {
    throw new OperatorError(`The account ${accountId} already exists.`)
  }
  const named = await namedAlready({ accountId }, context)
  if (named.count > 0 && !acceptAccess) throw hasAccessAlready(accountId, named)
  const changes = new Changeset()
  const wanted = { accountId, userName, nowMs: context.clock.now() }
  changes.insert(accountTable, { accountId, createdMs: wanted.nowMs })
  const issued = await addAdministrator(wanted, context, changes)
  for (const setting of beside) changes.insert(settingTable, setting)
  const response = { arn: issued.arn, accessKeyId: issued.accessKeyId }
  const request = { accountId, userName, ...(named.count > 0 && { acceptedAccess: named.count }) }
  await commitDeed({ name: 'CreateAccount', accountId, request, response }, changes, context)
  return { ...issued, namedAlready: named }
}

function hasAccessAlready(accountId: string, { documents, count }: NamedAlready): OperatorError {
  const shown = documents.slice(0, MAX_SHOWN).map(describeNamed)
  const more = count > shown.length ? [`and ${count - shown.length} more`] : []
  return new OperatorError(
    `Existing policies and grants name the account ${accountId}, and would give it access. ` +
      'Change them, choose another account id, or create it anyway with --accept-access. They are:',
    [...shown, ...more],
  )
}

/** How many of them are listed; the rest are counted. */
const MAX_SHOWN = 20

/** Checks that an account exists. Throws {@link OperatorError} if it does not. */
export async function requireAccount(accountId: string, { records }: OperatorContext): Promise<void> {
  if (await records.get(accountTable, { accountId })) return
  throw new OperatorError(`There is no account ${accountId}. See: keyhold operator account ls`)
}
