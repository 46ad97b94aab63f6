import { isAliasName, isKeyId } from '../../../domain/keys/identifiers.ts'
import { tagFault } from '../../../domain/keys/tags.ts'
import { listOf, mappingOf, policyDocument, text } from './kinds.ts'

/** Members that several mappings of a seed file have. */

export const someText = text({ wanted: 'text' })
export const account = text({ wanted: '12 digits, in quotes', pattern: /^[0-9]{12}$/ })
export const keyId = text({ wanted: 'a key id: a dashed UUID or mrk- and 32 hexadecimal digits', is: isKeyId })
export const aliases = listOf(text({ wanted: 'a name', is: isAliasName }), {
  wanted: 'a list of names that start with alias/',
})
export const tags = mappingOf(someText, {
  wanted: 'a mapping of at most 50 tag keys to values',
  is: (names) => tagFault(names.map((TagKey) => ({ TagKey, TagValue: '' }))) === undefined,
})
export const material = text({ wanted: 'base64 or PEM, as text' })
export const date = text({
  wanted: 'a date and time in quotes, such as "2031-01-01T00:00:00Z"',
  pattern: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/,
  is: (given) => !Number.isNaN(Date.parse(given)),
})
const DEFAULT_ACCOUNT = '000000000000'
export const DEFAULT_REGION = 'us-east-1'

export const ofAccount = { kind: account, says: 'The account that owns it.', usual: DEFAULT_ACCOUNT } as const
export const path = { kind: someText, says: 'Its path, such as `/team/`; `/` if left out.' } as const
export const tagsOf = { kind: tags, says: 'Its tags.' } as const
export const inline = {
  kind: mappingOf(policyDocument, { wanted: 'a mapping of names to policy documents' }),
  says: 'Inline policies by name.',
} as const
export const attached = {
  kind: listOf(someText),
  says: 'Managed policies: ARNs, or names of policies of this file in the same account.',
} as const
export const boundary = {
  kind: someText,
  says: 'The permissions boundary: an ARN, or the name of a policy of this file.',
} as const
