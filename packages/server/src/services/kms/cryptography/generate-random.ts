import { serviceError } from '@keyhold/protocol'
import { operation } from '../../../execution/define.ts'
import { refuseCustomKeyStore, refuseRecipient } from '../unsupported-members.ts'

export const generateRandom = operation<'GenerateRandom'>({
  name: 'GenerateRandom',
  summary: 'Returns up to 1024 random bytes.',
  readOnly: true,
  crossAccount: 'not applicable',
  grantable: false,
  rate: 'cryptographic-symmetric',
  about: 'no key',
  audit: { request: ['NumberOfBytes'], response: [] },

  check: (input) =>
    refuseCustomKeyStore(input) ??
    refuseRecipient(input) ??
    (input.NumberOfBytes === undefined ? serviceError('ValidationException', 'NumberOfBytes is required.') : undefined),

  run: async ({ input, services }) => ({ Plaintext: services.random.secret(input.NumberOfBytes ?? 0) }),
})
