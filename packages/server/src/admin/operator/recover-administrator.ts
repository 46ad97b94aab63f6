import { addAdministrator, type IssuedAdministrator } from '../../identity/accounts/administrator.ts'
import { entityNameTable } from '../../vault/records/entity-name.ts'
import { Changeset } from '../../vault/records/changeset.ts'
import { requireAccount, type WantedAccount } from './accounts.ts'
import { commitDeed, type OperatorContext } from './deed.ts'
import { requireUserName } from './names.ts'
import { OperatorError } from './operator-error.ts'

/**
 * Creates a new administrator in an account whose administrators are lost. Existing users are unchanged, with their
 * boundaries and access keys. Throws {@link OperatorError}.
 */
export async function recoverAdministrator(
  wanted: Pick<WantedAccount, 'accountId'> & { userName?: string | undefined },
  context: OperatorContext,
): Promise<IssuedAdministrator> {
  const { accountId, userName = defaultName(context) } = wanted
  requireUserName(userName)
  await requireAccount(accountId, context)
  if ((await context.records.get(entityNameTable, { accountId, kind: 'user', name: userName })) !== undefined) {
    throw new OperatorError(
      `The user ${userName} already exists and is left unchanged. Choose another name with --user-name.`,
    )
  }
  const changes = new Changeset()
  const issued = await addAdministrator({ accountId, userName, nowMs: context.clock.now() }, context, changes)
  const response = { arn: issued.arn, accessKeyId: issued.accessKeyId }
  const deed = {
    name: 'RecoverAdministrator' as const,
    quorum: true as const,
    accountId,
    request: { accountId, userName },
    response,
  }
  await commitDeed(deed, changes, context)
  return issued
}

function defaultName({ clock }: OperatorContext): string {
  return `recovered-administrator-${new Date(clock.now()).toISOString().slice(0, 10)}`
}
