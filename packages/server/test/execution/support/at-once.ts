/** Writers of one entity, all under way at once: whatever IAM writes. */
import { SERVICES, type IamOperationName } from '@keyhold/protocol'
import { OPERATIONS } from '../../../src/services/registry.ts'
import type { Reply } from '../../support/service.ts'
import { ALWAYS_REFUSED, makeThings, queryBase } from '../substitution/query-inputs.ts'
import type { SubstitutionWorld } from '../substitution/world.ts'

/** Every operation of IAM that changes something, but for those that are always refused. */
export const IAM_WRITES: readonly IamOperationName[] = [...OPERATIONS.of('iam').values()]
  .filter(({ readOnly, name }) => !readOnly && !(name in ALWAYS_REFUSED))
  .map(({ name }) => name as IamOperationName)

/** What a write answered. */
interface Answer extends Reply {
  name: IamOperationName
}

/** Sends so many copies of each write about one user, one role, one group and one of all else, all at once. */
export async function allAtOnce(
  names: readonly IamOperationName[],
  copies: number,
  world: SubstitutionWorld,
): Promise<Answer[]> {
  const things = await makeThings(world, world.admin)
  const requests: { name: IamOperationName; input: object }[] = []
  for (const name of names) {
    const input = await queryBase({ service: 'iam', name }, world, things, world.admin)
    for (let copy = 0; copy < copies; copy++) requests.push({ name, input })
  }
  const send = async ({ name, input }: (typeof requests)[number]): Promise<Answer> => ({
    name,
    ...(await world.service.query('iam', name, input, world.admin)),
  })
  return Promise.all(requests.map((request) => send(request)))
}

/** Answers that are neither a success nor an error which the model declares of the operation, and of the caller's making. */
export function unmodelled(answers: readonly Answer[]): string[] {
  return answers
    .filter(({ name, status, body }) => status !== 200 && (status >= 500 || !isDeclared(name, String(body['Code']))))
    .map(({ name, status, body }) => `${name}: ${status} ${String(body['Code'])}: ${String(body['Message'])}`)
}

function isDeclared(name: IamOperationName, code: string): boolean {
  const errors: readonly string[] = SERVICES.iam.model.operations[name]?.errors ?? []
  return errors.includes(code)
}
