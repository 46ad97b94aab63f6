import { type ServiceError, serviceError } from '@keyhold/protocol'
import type { AliasEntry, KeyEntry } from '../../../identity/directory/directory.ts'
import { aliasArn } from '../../../domain/keys/arns.ts'
import { AWS_ALIAS_PREFIX } from '../../../domain/keys/aws-managed.ts'
import { isAliasName, parseKeyReference } from '../../../domain/keys/identifiers.ts'
import type { Call, KeyTarget } from '../../../execution/define.ts'
import type { Found } from '../../../execution/found.ts'
import type { Lookup } from '../../../execution/lookup.ts'

type Changes = 'CreateAlias' | 'UpdateAlias' | 'DeleteAlias'

/**
 * What is wrong with the name of an alias that somebody wants to change. The model's pattern takes a colon, and AWS does
 * not: its answer is a ValidationException, although CreateAlias declares InvalidAliasNameException.
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

/** An alias points to a key of its own account, never to another alias. */
export function aliasTargetFault(targetKeyId: string): ServiceError | undefined {
  return parseKeyReference(targetKeyId).kind === 'alias'
    ? serviceError('ValidationException', 'Aliases must refer to keys. Not aliases')
    : undefined
}

/** The key that the alias points to now. */
export function presentTarget<N extends 'UpdateAlias' | 'DeleteAlias'>(states: KeyTarget<N>['states']): KeyTarget<N> {
  return {
    states,
    // The alias is what is acted on, and not how the key is called: the request has no kms:RequestAlias.
    find: async ({ AliasName }: { AliasName: string }, lookup: Lookup): Promise<Found> => {
      const { requestAlias: _, ...found } = await lookup.byAnyReference(AliasName)
      return found
    },
  }
}

/** The alias of that name, if there is one. */
export async function presentAlias({
  input,
  caller,
  services,
}: Pick<Call<Changes, never>, 'input' | 'caller' | 'services'>): Promise<AliasEntry | undefined> {
  return services.directory.alias({ accountId: caller.principal.accountId, region: caller.region }, input.AliasName)
}

/** The alias that is acted on. Throws NotFoundException when it does not point to `present` any more. */
export async function aliasOf(
  present: KeyEntry,
  call: Pick<Call<'UpdateAlias' | 'DeleteAlias', never>, 'input' | 'caller' | 'services'>,
): Promise<AliasEntry> {
  const alias = await presentAlias(call)
  if (alias?.value.targetKeyId === present.value.keyId) return alias
  throw aliasNotFound(present, call.input.AliasName)
}

/** For an alias that was there a moment ago. */
function aliasNotFound(key: KeyEntry, name: string): ServiceError {
  return serviceError('NotFoundException', `Alias ${aliasArn(key.value, name)} is not found.`)
}
