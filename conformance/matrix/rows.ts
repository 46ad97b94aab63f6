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
  { name: 'aws-cli-v2', product: 'aws CLI v2', version: 'aws --version | grep aws-cli/2', shows: SDK },
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
  {
    name: 'aws-sdk-go-v2',
    product: 'AWS SDK for Go v2',
    version: goVersion('app', 'github.com/aws/aws-sdk-go-v2/service/kms'),
    shows: SDK,
  },
  {
    name: 'aws-sdk-go-v1',
    product: 'AWS SDK for Go v1',
    version: goVersion('app', 'github.com/aws/aws-sdk-go'),
    shows: SDK,
  },
  {
    name: 'sops',
    product: 'SOPS',
    version: 'sops --version --disable-version-check',
    shows: 'a file encrypted and decrypted, with a context; altered context; denied key',
  },
  {
    name: 'cosign',
    product: 'cosign',
    version: 'cosign version',
    shows: 'public key, a signature that cosign and openssl verify; altered message; denied key',
  },
  {
    name: 'kubernetes',
    product: 'Kubernetes, by aws-encryption-provider',
    version: 'test -x bin/kms-client && git -C source log -1 --format=%cd --date=format:%Y.%m.%d',
    shows: 'KMS v2 by gRPC: status, round trip with a context; another context; denied key',
  },
  {
    name: 'aws-encryption-sdk-python',
    product: 'AWS Encryption SDK for Python',
    version: pythonVersion('aws-encryption-sdk'),
    shows: 'a message that Keyhold reads; wrong context; altered context; denied key',
  },
  {
    name: 'aws-encryption-cli',
    product: 'aws-encryption-cli',
    version: 'aws-encryption-cli --version',
    shows: 'a file that Keyhold reads; wrong context; altered context; denied key',
  },
  {
    name: 'dynamodb-encryption-client',
    product: 'DynamoDB Encryption Client (Python)',
    version: pythonVersion('dynamodb-encryption-sdk'),
    shows: 'an item encrypted and decrypted; another table; denied key',
  },
  {
    name: 'tink',
    product: 'Tink (Python)',
    version: pythonVersion('tink'),
    shows: 'round trip and envelope; other associated data; denied key',
  },
  {
    name: 'aws-encryption-sdk-js',
    product: 'AWS Encryption SDK for JavaScript',
    version: npmVersion('@aws-crypto/client-node'),
    shows: 'a message that Keyhold reads; altered context; denied key',
  },
  {
    name: 'ethers',
    product: 'ethers, by eth-signer-kms',
    version: npmVersion('@rumblefishdev/eth-signer-kms'),
    shows: 'a message and a transaction signed, that ethers verifies; altered message; denied key',
  },
  {
    name: 'solana',
    product: 'Solana, by keychain-aws-kms',
    version: npmVersion('@solana/keychain-aws-kms'),
    shows: 'an Ed25519 signature that WebCrypto verifies; altered message; denied key',
  },
  {
    name: 'newman',
    product: 'newman',
    version: 'newman --version',
    shows: 'round trip with a context; wrong context; denied key',
  },
  {
    name: 'mongodb',
    product: 'MongoDB CSFLE (PyMongo)',
    version: pythonVersion('pymongo'),
    shows: 'a data key made, stored and opened by another client; denied key',
  },
  {
    name: 'openbao',
    product: 'OpenBao (seal awskms)',
    version: 'test -x bin/bao && git -C source describe --tags',
    shows: 'initialized, restarted and unsealed by alias; denied key',
  },
  {
    name: 'terraform',
    product: 'Terraform, AWS provider',
    version: 'test -x bin/terraform-provider-aws && terraform version',
    shows: 'a key with alias, tags and rotation made, planned without changes, changed, destroyed; denied key',
  },
  { name: 'aws-sdk-java-v2', product: 'AWS SDK for Java v2', version: 'ls lib/kms-2.*.jar', shows: SDK },
  {
    name: 'aws-encryption-sdk-java',
    product: 'AWS Encryption SDK for Java',
    version: 'ls lib/aws-encryption-sdk-java-*.jar',
    shows: 'a message that Keyhold reads; wrong context; altered context; denied key',
  },
  {
    name: 'ansible',
    product: 'Ansible, amazon.aws',
    version: pythonVersion('ansible'),
    shows: 'a key made, found again without changes, changed, disabled, deleted; a denied grant',
  },
  {
    name: 'aws-sdk-rust',
    product: 'AWS SDK for Rust',
    version: `test -x target/debug/app && grep -A1 '"aws-sdk-kms"' Cargo.lock`,
    shows: SDK,
  },
  {
    name: 'terraform-iam',
    product: 'Terraform, IAM',
    version: 'test -x bin/terraform-provider-aws && terraform version',
    shows:
      'a user with force_destroy, group, access key, policy and role made, planned without changes, destroyed; denied key',
  },
]

function npmVersion(name: string): string {
  return `node -p 'JSON.parse(fs.readFileSync("node_modules/${name}/package.json", "utf8")).version'`
}

/** Of a module that a program here was built from. */
function goVersion(program: string, module: string): string {
  return `go version -m bin/${program} | grep -P '\\t${module}\\t'`
}

/** Of a distribution of PyPI. */
function pythonVersion(name: string): string {
  return `python3 -c 'from importlib.metadata import version; print(version("${name}"))'`
}
