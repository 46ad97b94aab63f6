import { queryError } from '@keyhold/protocol'
import { queryOperation } from '../../execution/define.ts'

export const decodeAuthorizationMessage = queryOperation<'sts', 'DecodeAuthorizationMessage'>('sts', {
  name: 'DecodeAuthorizationMessage',
  summary: 'Answers that a message is not valid: no denial here has an encoded message.',
  readOnly: true,
  audit: { request: [], response: [] },
  needs: () => [{ action: 'sts:DecodeAuthorizationMessage', resource: '*' }],

  async run() {
    throw queryError('InvalidAuthorizationMessageException', 'Message is not valid')
  },
})
