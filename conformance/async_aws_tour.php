<?php
// What a program with AsyncAws does, whose signer does not sign Content-Type. Prints a line for each part that passed.

declare(strict_types=1);

require_once 'AsyncAws/Core/autoload.php';

use AsyncAws\Core\AbstractApi;
use AsyncAws\Core\Request;
use AsyncAws\Core\RequestContext;
use AsyncAws\Core\Stream\StringStream;
use AsyncAws\Core\Sts\Input\GetCallerIdentityRequest;
use AsyncAws\Core\Sts\StsClient;

$configuration = ['endpoint' => getenv('KEYHOLD_ENDPOINT'), 'region' => getenv('AWS_DEFAULT_REGION')];

/** KMS, as AsyncAws's own packages make a service of its core. */
final class Kms extends AbstractApi
{
    public function call(string $operation, array $input): array
    {
        $headers = ['Content-Type' => 'application/x-amz-json-1.1', 'X-Amz-Target' => "TrentService.$operation"];
        $request = new Request('POST', '/', [], $headers, StringStream::create(json_encode((object) $input)));
        return $this->getResponse($request, new RequestContext(['operation' => $operation]))->toArray();
    }

    protected function getEndpointMetadata(?string $region): array
    {
        $kms = ['endpoint' => 'https://kms.amazonaws.com', 'signService' => 'kms', 'signVersions' => ['v4']];
        return $kms + ['signRegion' => $region];
    }
}

function kms(array $configuration): void
{
    $kms = new Kms($configuration);
    $keyId = $kms->call('CreateKey', [])['KeyMetadata']['KeyId'];
    $context = ['tenant' => 'acmé'];
    $plaintext = base64_encode('hello');
    $made = $kms->call('Encrypt', ['KeyId' => $keyId, 'Plaintext' => $plaintext, 'EncryptionContext' => $context]);
    $opened = $kms->call('Decrypt', ['CiphertextBlob' => $made['CiphertextBlob'], 'EncryptionContext' => $context]);
    check($opened['Plaintext'] === $plaintext);
}

function identity(array $configuration): void
{
    check((new StsClient($configuration))->getCallerIdentity()->getAccount() === getenv('KEYHOLD_ACCOUNT'));
}

function presigned(array $configuration): void
{
    $sts = new StsClient($configuration);
    $url = $sts->presign(new GetCallerIdentityRequest(), new DateTimeImmutable('+60 seconds'));
    check(str_contains((string) file_get_contents($url), '<Account>' . getenv('KEYHOLD_ACCOUNT') . '</Account>'));
}

function check(bool $holds): void
{
    if (!$holds) {
        throw new Exception('something is wrong');
    }
}

foreach (['kms', 'identity', 'presigned'] as $part) {
    $part($configuration);
    echo "passed: $part\n";
}
