import { signedCall, signedRequest } from '../signed-request.ts'
import { type Attack, REGION } from './attack.ts'
import { flood } from './flood.ts'

/** In each of these an account may make a pair of RSA_4096 a second. */
const REGIONS = `
  af-south-1 ap-east-1 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2
  ca-central-1 ca-west-1 ${REGION} eu-central-2 eu-north-1 eu-south-1 eu-west-1 eu-west-2 eu-west-3 us-east-1 us-west-2`
  .trim()
  .split(/\s+/)

/** Another account makes pairs of RSA_4096 in twenty Regions at once. */
export const rsaPairs: Attack<Uint8Array[]> = {
  async prepare({ port, stranger }) {
    const requests: Uint8Array[] = []
    for (const region of REGIONS) {
      const signer = { ...stranger, region }
      const { KeyMetadata } = await signedCall(port, 'CreateKey', {}, signer)
      const input = { KeyId: (KeyMetadata as { KeyId: string }).KeyId, KeyPairSpec: 'RSA_4096' }
      requests.push(signedRequest(port, 'GenerateDataKeyPairWithoutPlaintext', input, signer))
    }
    return requests
  },

  run: async (requests, port) => {
    await Promise.all(requests.map((request) => flood({ port, request, connections: 2, everyMs: 100 })))
  },
}

/** The same, as it is felt by an account that makes pairs itself. */
export const rsaPairsOfOthers: Attack<Uint8Array[]> = {
  ...rsaPairs,
  victim: { everyMs: 500, calls: [['GenerateDataKeyPairWithoutPlaintext', { KeyPairSpec: 'RSA_2048' }]] },
}
