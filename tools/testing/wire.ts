import { kms } from '@keyhold/client'
import { decodeInput, encodeOutput, type JsonObject, type OperationName } from '@keyhold/protocol'

export interface WireConnection {
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
}

/** Calls KMS with inputs, and answers outputs, as they are on the wire: in JSON, bytes in base64. */
export type Wire = (operation: OperationName, input: JsonObject, region?: string) => Promise<JsonObject>

export function wireTo({ credentials, ...connection }: WireConnection): Wire {
  const service = kms({ ...connection, credentials: () => Promise.resolve(credentials) })
  return async (operation, input, region = connection.region) => {
    const output = await service.call(operation, decodeInput(operation, input), { region })
    const text = Buffer.from(encodeOutput(operation, output).bytes).toString()
    return (text === '' ? {} : JSON.parse(text)) as JsonObject
  }
}
