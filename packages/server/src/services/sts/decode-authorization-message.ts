import { queryError } from '@keyhold/protocol'
import { queryOperation } from '../../execution/define.ts'
import type { Denial } from '../../execution/denials.ts'

export const decodeAuthorizationMessage = queryOperation<'sts', 'DecodeAuthorizationMessage'>('sts', {
  name: 'DecodeAuthorizationMessage',
  summary:
    "Returns why a request was denied. The encoded message is the request id of the denial: one of the last on this account's resources.",
  readOnly: true,
  audit: { request: ['EncodedMessage'], response: [] },
  needs: () => [{ action: 'sts:DecodeAuthorizationMessage', resource: '*' }],

  async run({ caller, input, services }) {
    const denial = services.denials.find(input.EncodedMessage, caller.principal.accountId)
    if (denial === undefined) throw queryError('InvalidAuthorizationMessageException', 'Message is not valid')
    return { DecodedMessage: JSON.stringify(decoded(denial)) }
  },
})

/** As AWS writes it, as far as it is known here; `reason` and `explanation` are of this server. */
function decoded({ principal, action, resource, reason, explanation, basis = [] }: Denial): object {
  return {
    allowed: false,
    explicitDeny: reason.startsWith('denied-by-'),
    matchedStatements: { items: basis },
    failures: { items: [] },
    context: { principal, action, resource, conditions: { items: [] } },
    reason,
    explanation,
  }
}
