import { type EncodedBody, type OperationName, type Service, type ServiceName, SERVICES } from '@keyhold/protocol'
import { STATE_RULES } from '../../../src/domain/keys/states.ts'
import { type AnyOperation, operation } from '../../../src/execution/define.ts'
import { Operations } from '../../../src/execution/operations.ts'
import { OPERATIONS } from '../../../src/services/registry.ts'

/** The name of an operation that is not in the model. */
export const FICTITIOUS = 'TwistKey' as OperationName

/** The declaration, as the file of an operation contains it. For the compiler it is Encrypt, because no model has it. */
const twistKey = operation<'Encrypt', 'key'>({
  name: FICTITIOUS as 'Encrypt',
  summary: 'Twists a KMS key.',
  readOnly: true,
  keys: {
    key: {
      states: STATE_RULES.use,
      usage: 'ENCRYPT_DECRYPT',
      find: ({ KeyId }, lookup) => lookup.byAnyReference(KeyId),
    },
  },
  crossAccount: 'yes',
  grantable: { keys: 'symmetric', context: true },
  rate: 2,
  tracksUse: true,
  documents: [],
  audit: { request: ['KeyId', 'EncryptionContext'], response: ['KeyId'] },
  run: async ({ keys: { key } }) => ({ KeyId: `twisted ${key.value.keyId}` }),
})

/** All operations of the server, with the fictitious one in the list of KMS. `change` replaces members of its declaration. */
export function withFictitious(change: Partial<AnyOperation> = {}): Operations {
  const all = (service: ServiceName): AnyOperation[] => [...OPERATIONS.of(service).values()]
  const lists = { kms: [...all('kms'), { ...twistKey, ...change }], iam: all('iam'), sts: all('sts') }
  return new Operations({ ...lists, keyhold: all('keyhold') }, { ...SERVICES, kms: wire(SERVICES.kms) })
}

/** The wire protocol of KMS with the fictitious operation, which takes any JSON. Grants can name it too. */
function wire(kms: Service): Service {
  return {
    ...kms,
    readRequest(target, body, query) {
      if (target !== `TrentService.${FICTITIOUS}`) return kms.readRequest(target, body, query)
      return { operation: FICTITIOUS, decodeInput: () => JSON.parse(Buffer.from(body).toString()) as object }
    },
    validate: (name, input) => (name === FICTITIOUS || namesIt(input) ? undefined : kms.validate(name, input)),
    encodeOutput: (name, output, requestId) =>
      name === FICTITIOUS ? json(output) : kms.encodeOutput(name, output, requestId),
  }
}

function namesIt(input: object): boolean {
  return 'Operations' in input && (input.Operations as string[]).includes(FICTITIOUS)
}

function json(output: unknown): EncodedBody {
  return { bytes: Buffer.from(JSON.stringify(output)), wipe: () => undefined }
}
