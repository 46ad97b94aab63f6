import { kms } from '@keyhold/client'
import { type JsonObject, KMS, type OperationName, SERVICES } from '@keyhold/protocol'

export interface WireConnection {
  endpoint: string
  region: string
  credentials: { accessKeyId: string; secretAccessKey: string }
}

/** Calls KMS with inputs, and answers outputs, as they are on the wire: in JSON, bytes in base64. */
export type Wire = (operation: OperationName, input: JsonObject, region?: string) => Promise<JsonObject>

export function wireTo({ credentials, region: home, endpoint }: WireConnection): Wire {
  const service = kms({ region: home, endpoint, credentials: () => Promise.resolve(credentials) })
  return async (operation, input, region = home) => {
    const asked = SERVICES.kms.readRequest(`${KMS.targetPrefix}.${operation}`, Buffer.from(JSON.stringify(input)))
    const output = await service.call(operation, asked.decodeInput(), { region })
    const text = Buffer.from(SERVICES.kms.encodeOutput(operation, output, '').bytes).toString()
    return (text === '' ? {} : JSON.parse(text)) as JsonObject
  }
}
