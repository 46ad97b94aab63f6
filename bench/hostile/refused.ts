import { operator } from '@keyhold/server'
import { signedForm, signedRequest } from '../signed-request.ts'
import { type Attack, REGION } from './attack.ts'
import { flood } from './flood.ts'
import { iamForm, newUser } from './iam.ts'

const CONNECTIONS = 8
/** Of names and values, just below what a context may have. */
const CONTEXT_CHARACTERS = 7500

/** Requests that are refused, by a caller of another account who may do nothing to the victim's keys. */
export const deniedEncrypt: Attack<Uint8Array> = {
  prepare: async (target) => {
    const KeyId = `arn:aws:kms:${REGION}:${target.administrator.accountId}:key/1234abcd-12ab-34cd-56ef-1234567890ab`
    const EncryptionContext = { tenant: 'x'.repeat(CONTEXT_CHARACTERS) }
    return signedRequest(target.port, 'Encrypt', { KeyId, Plaintext: 'eA==', EncryptionContext }, target.stranger)
  },
  run: attack,
}

/** Requests beyond the rate of their own account. */
export const throttled: Attack<Uint8Array> = {
  populate: (folder) => operator.setRequestRate(folder, { group: 'ListKeys', perSecond: 1 }),
  prepare: async ({ port, stranger }) => signedRequest(port, 'ListKeys', {}, stranger),
  run: attack,
}

/** Simulations of nearly a megabyte, by a user who may simulate nothing. */
export const deniedSimulation: Attack<Uint8Array> = {
  async prepare({ port, stranger }) {
    const input = {
      PolicyInputList: ['{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'],
      ActionNames: ['kms:Decrypt'],
      ResourceArns: Array.from({ length: 950 }, () => `arn:aws:s3:::bucket/${'x'.repeat(900)}`),
    }
    return signedForm(port, iamForm('SimulateCustomPolicy', input), await newUser(port, stranger, 'unprivileged'))
  },
  run: attack,
}

function attack(request: Uint8Array, port: number): Promise<void> {
  return flood({ port, request, connections: CONNECTIONS })
}
