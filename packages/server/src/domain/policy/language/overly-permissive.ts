import { parseOperator } from './conditions/operators.ts'
import type { PolicyFault } from './contract.ts'
import type { PolicyDocument } from './document.ts'

/** Single-valued condition keys, by lower-case prefix of their names. */
const SINGLE_VALUED = ['kms:encryptioncontext:', 'aws:requesttag/', 'aws:resourcetag/']

/** AWS KMS Developer Guide, "kms:EncryptionContext:context-key": the text of its error message. */
const MESSAGE =
  'OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key matches requests ' +
  'without the specified [encryption context or tag] or with an unspecified [encryption context or tag]. To fix, ' +
  'remove ForAllValues.'

/**
 * Returns what KMS refuses in a key policy although the language allows it: an Allow that a request can meet by
 * omitting the key.
 */
export function overlyPermissiveCondition({ statements }: PolicyDocument): PolicyFault | undefined {
  const conditions = statements.flatMap(({ effect, conditions }) => (effect === 'Allow' ? conditions : []))
  const found = conditions.find(
    ({ operator, key }) => parseOperator(operator)?.set === 'all' && isSingleValued(key.toLowerCase()),
  )
  return found && { path: found.path, message: MESSAGE }
}

function isSingleValued(key: string): boolean {
  return SINGLE_VALUED.some((prefix) => key.startsWith(prefix))
}
