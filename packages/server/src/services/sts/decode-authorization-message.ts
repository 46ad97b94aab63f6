import { queryError } from '@keyhold/protocol'
import { queryOperation } from '../../execution/define.ts'

export const decodeAuthorizationMessage = queryOperation<'sts', 'DecodeAuthorizationMessage'>('sts', {
  name: 'DecodeAuthorizationMessage',
  summary: 'Returns the error for an invalid message: denials of this server contain no encoded message.',
  readOnly: true,
  audit: { request: [], response: [] },
  needs: () => [{ action: 'sts:DecodeAuthorizationMessage', resource: '*' }],

  async run() {
    throw queryError('InvalidAuthorizationMessageException', 'Message is not valid')
  },
})
