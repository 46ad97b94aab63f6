/** The account of callers that name no other, as the access key id that a dev server takes for it. */
const DEV_ACCOUNT = '000000000000'
const DEV_REGION = 'us-east-1'

/** Variables that would lead a client elsewhere although ours are set: they are taken out. */
const CONTRARY = ['AWS_PROFILE', 'AWS_SESSION_TOKEN']

/** What an AWS client needs in its environment to use a dev server. AWS_DEFAULT_REGION is for boto3. */
export function clientEnvironment(endpoint: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL_KMS: endpoint,
    AWS_ENDPOINT_URL_IAM: endpoint,
    AWS_ENDPOINT_URL_STS: endpoint,
    AWS_ACCESS_KEY_ID: DEV_ACCOUNT,
    AWS_SECRET_ACCESS_KEY: 'dev',
    AWS_REGION: DEV_REGION,
    AWS_DEFAULT_REGION: DEV_REGION,
  }
}

/** The lines that set it in a POSIX shell. */
export function exportLines(environment: Readonly<Record<string, string>>): string {
  const lines = Object.entries(environment).map(([name, value]) => `export ${name}=${value}`)
  return [...lines, `unset ${CONTRARY.join(' ')}`].join('\n')
}

/** The environment of a command that is to use the server at `endpoint`. */
export function commandEnvironment(inherited: NodeJS.ProcessEnv, endpoint: string): NodeJS.ProcessEnv {
  const environment = { ...inherited, ...clientEnvironment(endpoint) }
  for (const name of CONTRARY) delete environment[name]
  return environment
}
