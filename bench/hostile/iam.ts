import { setTimeout as sleep } from 'node:timers/promises'
import { formBody } from '../../packages/server/test/support/query.ts'
import { answerTo, signedForm } from '../signed-request.ts'
import type { Administrator } from './attack.ts'

const VERSION = '2010-05-08'
const RETRY_MS = 200

/** The body of a request to IAM. */
export function iamForm(operation: string, input: object): string {
  return formBody(operation, VERSION, input)
}

/** Calls IAM as an administrator, again where they are throttled, and returns the XML of the answer. */
export async function iam(port: number, caller: Administrator, operation: string, input: object): Promise<string> {
  for (;;) {
    try {
      return await answerTo(port, signedForm(port, iamForm(operation, input), caller))
    } catch (error) {
      if (!String(error).includes('<Code>Throttling</Code>')) throw error
      await sleep(RETRY_MS)
    }
  }
}

/** A user of the administrator's account, with an access key. */
export async function newUser(port: number, administrator: Administrator, UserName: string): Promise<Administrator> {
  await iam(port, administrator, 'CreateUser', { UserName })
  const answer = await iam(port, administrator, 'CreateAccessKey', { UserName })
  const valueOf = (name: string): string => new RegExp(`<${name}>([^<]*)<`).exec(answer)?.[1] ?? ''
  return { ...administrator, accessKeyId: valueOf('AccessKeyId'), secretAccessKey: valueOf('SecretAccessKey') }
}
