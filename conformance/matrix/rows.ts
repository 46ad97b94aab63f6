/** A client of others that is tried: what it is called, and how it is seen that it is there. */
export interface Row {
  /** Of its page in docs/guide/integrations, and of its folder in the cache. */
  name: string
  /** As people call it. */
  product: string
  /** Prints its version, and fails where the client is not there. */
  version: string
  /** What the page's commands show when they pass. */
  shows: string
}

const ROUND_TRIP = 'round trip with a context, by alias; wrong context; denied key'
const SDK = `${ROUND_TRIP}; sign and verify; altered message`

export const ROWS: readonly Row[] = [
  { name: 'aws-cli-v1', product: 'aws CLI v1', version: 'aws --version | grep aws-cli/1', shows: SDK },
  { name: 'boto3', product: 'boto3', version: "python3 -c 'import boto3; print(boto3.__version__)'", shows: SDK },
  {
    name: 'aws-sdk-js-v3',
    product: 'AWS SDK for JavaScript v3',
    version: npmVersion('@aws-sdk/client-kms'),
    shows: SDK,
  },
  { name: 'aws-sdk-js-v2', product: 'AWS SDK for JavaScript v2', version: npmVersion('aws-sdk'), shows: SDK },
  {
    name: 'aws-sdk-ruby',
    product: 'AWS SDK for Ruby',
    version: 'ruby -e \'require "aws-sdk-kms"; puts Aws::KMS::GEM_VERSION\'',
    shows: ROUND_TRIP,
  },
  {
    name: 'php',
    product: 'AsyncAws (PHP)',
    version: 'php -r \'require "AsyncAws/Core/autoload.php";\' && dpkg-query -W php-async-aws-core',
    shows: SDK,
  },
  { name: 'curl', product: 'curl', version: 'curl --help all | grep -q aws-sigv4 && curl --version', shows: SDK },
]

function npmVersion(name: string): string {
  return `node -p 'require("${name}/package.json").version'`
}
