import { parseOperator } from './conditions/operators.ts'
import type { PolicyFault } from './contract.ts'
import type { PolicyDocument } from './document.ts'

/** Keys that have one value in every request that has them at all, by the beginning of their names in lower case. */
const SINGLE_VALUED = ['kms:encryptioncontext:', 'aws:requesttag/', 'aws:resourcetag/']

/** AWS KMS Developer Guide, "kms:EncryptionContext:context-key": the words of its refusal. */
const MESSAGE =
  'OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key matches requests ' +
  'without the specified [encryption context or tag] or with an unspecified [encryption context or tag]. To fix, ' +
  'remove ForAllValues.'

/** What KMS refuses in a key policy although the language has it: an allow that a request gets by leaving the key out. */
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
