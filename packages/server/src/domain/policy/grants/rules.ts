import type { AccessGrant, GrantConstraints } from '../access.ts'
import { equalPairs, includesPairs } from './constraints.ts'
import { type GrantableKey, type GrantOperation, isSymmetricEncryption, suitsKey } from './grant-rule.ts'

/** A requested grant, with the parameter names of CreateGrant. */
export interface WantedGrant {
  operations: readonly string[]
  granteePrincipal?: string
  granteeServicePrincipal?: string
  retiringPrincipal?: string
  retiringServicePrincipal?: string
  constraints?: GrantConstraints
}

/** Sources: AWS KMS API Reference, CreateGrant, Constraints. */
const MAX_CONSTRAINT_PAIRS = 8
const MAX_CONSTRAINT_CHARACTERS = 384

/** Returns what is wrong with a grant on such a key, as a sentence, or `undefined`. `grantable`: all grant operations. */
export function grantFault(
  wanted: WantedGrant,
  key: GrantableKey,
  grantable: readonly GrantOperation[],
): string | undefined {
  return (
    partiesFault(wanted) ??
    operationsFault(wanted.operations, key, grantable) ??
    contextFault(wanted.constraints ?? {}, key)
  )
}

/**
 * Returns why the grantee of `parent`, whose permission to create grants comes from that grant, cannot create `wanted`,
 * or `undefined`. The child grant can contain only operations of the parent, and its constraints must be equal or
 * stricter. Source: AWS KMS Developer Guide, "Granting CreateGrant permission".
 */
export function childGrantFault(
  parent: Pick<AccessGrant, 'operations' | 'constraints'>,
  wanted: Pick<WantedGrant, 'operations' | 'constraints'>,
): string | undefined {
  const beyond = wanted.operations.find((operation) => !parent.operations.includes(operation))
  if (beyond !== undefined) return `The operation ${beyond} is not in the grant that allows creating this one.`
  return isAsStrict(wanted.constraints ?? {}, parent.constraints ?? {})
    ? undefined
    : 'The constraints must be equal to those of the grant that allows creating this one, or stricter.'
}

/**
 * Returns whether every request that meets `child` also meets `parent`. A child can add pairs to a subset, or require
 * the whole context.
 */
function isAsStrict(child: GrantConstraints, parent: GrantConstraints): boolean {
  return (
    (parent.sourceArn === undefined || child.sourceArn === parent.sourceArn) &&
    (!parent.encryptionContextEquals || isSame(child.encryptionContextEquals, parent.encryptionContextEquals)) &&
    (!parent.encryptionContextSubset || demands(child, parent.encryptionContextSubset))
  )
}

type Pairs = Readonly<Record<string, string>>

function isSame(child: Pairs | undefined, parent: Pairs): boolean {
  return child !== undefined && equalPairs(child, parent)
}

function demands(
  { encryptionContextEquals = {}, encryptionContextSubset = {} }: GrantConstraints,
  pairs: Pairs,
): boolean {
  return includesPairs(encryptionContextEquals, pairs) || includesPairs(encryptionContextSubset, pairs)
}

/**
 * A grant has one grantee and at most one retiring principal. If the grantee is a service, the grant needs both the
 * resource on whose behalf the service acts and a retiring principal. Source: AWS KMS Developer Guide, "Creating
 * grants".
 */
function partiesFault(wanted: WantedGrant): string | undefined {
  const { granteePrincipal, granteeServicePrincipal, retiringPrincipal, retiringServicePrincipal } = wanted
  if ((granteePrincipal === undefined) === (granteeServicePrincipal === undefined)) {
    return 'Specify either GranteePrincipal or GranteeServicePrincipal.'
  }
  if (retiringPrincipal !== undefined && retiringServicePrincipal !== undefined) {
    return 'Specify either RetiringPrincipal or RetiringServicePrincipal, not both.'
  }
  return granteeServicePrincipal === undefined ? undefined : serviceGranteeFault(wanted)
}

function serviceGranteeFault({
  retiringPrincipal,
  retiringServicePrincipal,
  constraints,
}: WantedGrant): string | undefined {
  if (constraints?.sourceArn === undefined) return 'A grant for a service principal needs a SourceArn constraint.'
  return retiringPrincipal === undefined && retiringServicePrincipal === undefined
    ? 'A grant for a service principal needs a RetiringPrincipal or a RetiringServicePrincipal.'
    : undefined
}

function operationsFault(
  operations: readonly string[],
  key: GrantableKey,
  grantable: readonly GrantOperation[],
): string | undefined {
  const [only, another] = new Set(operations)
  if (
    only !== undefined &&
    another === undefined &&
    grantable.some(({ name, alone }) => name === only && alone === false)
  ) {
    return `Grants must not contain only the ${only} operation.`
  }
  const suits = (operation: string): boolean => grantable.some((one) => one.name === operation && suitsKey(one, key))
  const unsuited = operations.find((operation) => !suits(operation))
  if (unsuited !== undefined) return `The operation ${unsuited} does not suit a key of ${key.spec} for ${key.usage}.`
  return operations.length === 0 ? 'A grant needs at least one operation.' : undefined
}

function contextFault(constraints: GrantConstraints, key: GrantableKey): string | undefined {
  const { encryptionContextEquals, encryptionContextSubset } = constraints
  const contexts = [encryptionContextEquals, encryptionContextSubset].filter((context) => context !== undefined)
  if (contexts.length > 1) return 'More than one constraint supplied'
  if (contexts.length > 0 && !isSymmetricEncryption(key)) {
    return 'Constraints on the encryption context need a symmetric encryption key.'
  }
  return contexts.some(isTooLarge)
    ? `A constraint holds at most ${MAX_CONSTRAINT_PAIRS} pairs and ${MAX_CONSTRAINT_CHARACTERS} characters.`
    : undefined
}

/** Returns whether a constraint has too many pairs, or too long ones. */
export function isTooLarge(context: Pairs): boolean {
  const characters = Object.entries(context).reduce((sum, [name, value]) => sum + name.length + value.length, 0)
  return Object.keys(context).length > MAX_CONSTRAINT_PAIRS || characters > MAX_CONSTRAINT_CHARACTERS
}
