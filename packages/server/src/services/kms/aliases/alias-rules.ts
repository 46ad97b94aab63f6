import { type ServiceError, serviceError } from '@keyhold/protocol'
import type { AliasEntry, KeyEntry } from '../../../identity/directory/directory.ts'
import { aliasArn } from '../../../domain/keys/arns.ts'
import { AWS_ALIAS_PREFIX } from '../../../domain/keys/aws-managed.ts'
import { isAliasName, parseKeyReference } from '../../../domain/keys/identifiers.ts'
import type { Call, KeyTarget } from '../../../execution/define.ts'
import type { Found, Lookup } from '../../../execution/lookup.ts'

type Changes = 'CreateAlias' | 'UpdateAlias' | 'DeleteAlias'

/**
 * Returns what is wrong with the name of an alias to change, or `undefined`. The model's pattern allows a colon, AWS
 * does not: it returns a ValidationException, although CreateAlias declares InvalidAliasNameException.
 */
export function aliasNameFault(name: string): ServiceError | undefined {
  if (!name.startsWith('alias/')) {
    return serviceError(
      'ValidationException',
      'Alias must start with the prefix "alias/". Please see ' +
        'https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
    )
  }
  if (name.startsWith(AWS_ALIAS_PREFIX)) return serviceError('NotAuthorizedException')
  return isAliasName(name)
    ? undefined
    : serviceError('ValidationException', `${name} contains invalid characters for an alias`)
}

/** An alias refers to a key of its own account, never to another alias. */
export function aliasTargetFault(targetKeyId: string): ServiceError | undefined {
  return parseKeyReference(targetKeyId).kind === 'alias'
    ? serviceError('ValidationException', 'Aliases must refer to keys. Not aliases')
    : undefined
}

/** The key that the alias refers to now. */
export function presentTarget<N extends 'UpdateAlias' | 'DeleteAlias'>(states: KeyTarget<N>['states']): KeyTarget<N> {
  return {
    states,
    // The request acts on the alias and does not name the key by it, so it has no kms:RequestAlias.
    find: async ({ AliasName }: { AliasName: string }, lookup: Lookup): Promise<Found> => {
      const { requestAlias: _, ...found } = await lookup.byAnyReference(AliasName)
      return found
    },
  }
}

/** Returns the alias of that name, if there is one. */
export async function presentAlias({
  input,
  caller,
  services,
}: Pick<Call<Changes, never>, 'input' | 'caller' | 'services'>): Promise<AliasEntry | undefined> {
  return services.directory.alias({ accountId: caller.principal.accountId, region: caller.region }, input.AliasName)
}

/** Returns the alias that the request acts on. Throws NotFoundException if it no longer refers to `present`. */
export async function aliasOf(
  present: KeyEntry,
  call: Pick<Call<'UpdateAlias' | 'DeleteAlias', never>, 'input' | 'caller' | 'services'>,
): Promise<AliasEntry> {
  const alias = await presentAlias(call)
  if (alias?.value.targetKeyId === present.value.keyId) return alias
  throw aliasNotFound(present, call.input.AliasName)
}

/** For an alias that existed a moment ago. */
function aliasNotFound(key: KeyEntry, name: string): ServiceError {
  return serviceError('NotFoundException', `Alias ${aliasArn(key.value, name)} is not found.`)
}
