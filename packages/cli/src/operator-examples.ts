/** Examples of `keyhold operator`, by command. */
export const OPERATOR_EXAMPLES: Readonly<Record<string, readonly string[]>> = {
  'keyhold operator account create': [
    'keyhold operator account create --data ./vault --credentials-file ./ann.credentials',
    'keyhold operator account create --data ./vault --account 444455556666 --user-name ann',
  ],
  'keyhold operator account ls': [
    'keyhold operator account ls --data ./vault',
    'keyhold operator account ls --data ./vault --json',
  ],
  'keyhold operator recover-admin': [
    'keyhold operator recover-admin --data ./vault --account 111122223333',
    'keyhold operator recover-admin --data ./vault --account 111122223333 --user-name ann2',
  ],
  'keyhold operator root rotate': [
    'keyhold operator root rotate --data ./vault',
    'keyhold operator root rotate --data ./vault --root-file /mnt/usb/vault.root --json',
  ],
  'keyhold operator rotate-domain': [
    'keyhold operator rotate-domain --data ./vault --region eu-central-1',
    'keyhold operator rotate-domain --data ./vault --region global',
  ],
  'keyhold operator upgrade': [
    'keyhold operator upgrade --data ./vault',
    'keyhold operator upgrade --data ./vault --undo',
  ],
  'keyhold operator root status': [
    'keyhold operator root status --data ./vault',
    'keyhold operator root status --data ./vault --check --json',
  ],
  'keyhold operator root add file': [
    'keyhold operator root add file --data ./vault --name spare --file /mnt/usb/vault.root',
    'keyhold operator root add file -d vault --name old-age --file old.root --form x25519',
  ],
  'keyhold operator root add passphrase': [
    'keyhold operator root add passphrase --data ./vault --name words',
    'keyhold operator root add passphrase -d vault --name words --new-passphrase-file words.txt',
  ],
  'keyhold operator root add credential': [
    'keyhold operator root add credential -d vault --name host --credential root --file root.cred',
    'keyhold operator root add credential -d vault --name t --credential r --file r.cred --key tpm2',
  ],
  'keyhold operator root add recipient': [
    'keyhold operator root add recipient --data ./vault --name safe --recipient age1…',
    'keyhold operator root add recipient -d vault --name safe --recipient age1pq1… --json',
  ],
  'keyhold operator root move': [
    'keyhold operator root move root-file --data ./vault --to /etc/keyhold/vault.root',
    'keyhold operator root move spare --data ./vault --to /mnt/safe/vault.root --json',
  ],
  'keyhold operator root remove': [
    'keyhold operator root remove spare --data ./vault',
    'keyhold operator root remove hsm --data ./vault --destroy',
  ],
  'keyhold operator root add pkcs11': [
    'keyhold operator root add pkcs11 -d vault --name hsm --library lib.so --token-label t --ask-pin',
    'keyhold operator root add pkcs11 -d vault --name a --library a.so --token-label t --pin-file pin',
  ],
  'keyhold operator root add shares': [
    'keyhold operator root add shares -d vault --name b --shares 5 --threshold 3',
    'keyhold operator root add shares -d vault --shares 3 --threshold 2 --shares-dir new',
  ],
  'keyhold operator root add tpm2': [
    'keyhold operator root add tpm2 --data ./vault --name tpm',
    'keyhold operator root add tpm2 --data ./vault --name tpm --pcrs sha256:7',
  ],
  'keyhold operator root add kms': [
    'keyhold operator root add kms -d vault --name aws --key-id alias/root --region eu-central-1',
    'keyhold operator root add kms -d vault --name own --key-id ARN --endpoint https://kms.example',
  ],
  'keyhold operator service create': [
    'keyhold operator service create backup.example.internal --data ./vault',
    'keyhold operator service create backup.example.internal --data ./vault --credentials-file ./backup',
  ],
  'keyhold operator service ls': [
    'keyhold operator service ls --data ./vault',
    'keyhold operator service ls --data ./vault --json',
  ],
  'keyhold operator service disable': [
    'keyhold operator service disable backup.example.internal --data ./vault',
    'keyhold operator service disable --json backup.example.internal --data ./vault',
  ],
  'keyhold operator service enable': [
    'keyhold operator service enable backup.example.internal --data ./vault',
    'keyhold operator service enable --json backup.example.internal --data ./vault',
  ],
  'keyhold operator access-key ls': [
    'keyhold operator access-key ls --data ./vault',
    'keyhold operator access-key ls --data ./vault --json',
  ],
  'keyhold operator access-key create': [
    'keyhold operator access-key create arn:aws:iam::111122223333:user/ann --data ./vault',
    'keyhold operator access-key create backup.example.internal --data ./vault --json',
  ],
  'keyhold operator access-key enable': [
    'keyhold operator access-key enable AKIAIOSFODNN7EXAMPLE --data ./vault',
    'keyhold operator access-key enable --json AKIAIOSFODNN7EXAMPLE --data ./vault',
  ],
  'keyhold operator access-key disable': [
    'keyhold operator access-key disable AKIAIOSFODNN7EXAMPLE --data ./vault',
    'keyhold operator access-key disable --json AKIAIOSFODNN7EXAMPLE --data ./vault',
  ],
  'keyhold operator quota show': [
    'keyhold operator quota show --data ./vault',
    'keyhold operator quota show --data ./vault --json',
  ],
  'keyhold operator quota set': [
    'keyhold operator quota set CreateKey 50 --data ./vault',
    'keyhold operator quota set CreateKey 0.25 --data ./vault',
  ],
  'keyhold operator quota reset': [
    'keyhold operator quota reset CreateKey --data ./vault',
    'keyhold operator quota reset CreateKey --data ./vault --json',
  ],
  'keyhold operator region ls': [
    'keyhold operator region ls --data ./vault',
    'keyhold operator region ls --data ./vault --json',
  ],
  'keyhold operator region add': [
    'keyhold operator region add eu-central-1 --data ./vault',
    'keyhold operator region add eu-cellar-1 --data ./vault --json',
  ],
  'keyhold operator region remove': [
    'keyhold operator region remove eu-cellar-1 --data ./vault',
    'keyhold operator region remove eu-cellar-1 --data ./vault --json',
  ],
  'keyhold operator seal': ['keyhold operator seal --data ./vault', 'keyhold operator seal --data ./vault --json'],
  'keyhold operator unseal': [
    'keyhold operator unseal --data ./vault',
    'keyhold operator unseal --data ./vault --passphrase-file passphrase --json',
    'keyhold operator unseal --data ./vault --share share-1.txt --share share-2.txt',
  ],
  'keyhold operator confirm-clock': [
    'keyhold operator confirm-clock --data ./vault',
    'keyhold operator confirm-clock --data ./vault --stop 1',
    'keyhold operator confirm-clock --data ./vault --json',
  ],
  'keyhold operator recovery check': [
    'keyhold operator recovery check --share share-2-of-5.html',
    'keyhold operator recovery check --share words.txt --data ./vault --json',
  ],
  'keyhold operator doctor': [
    'keyhold operator doctor --data ./vault',
    'keyhold operator doctor --data ./vault --json',
  ],
  'keyhold operator backup': [
    'keyhold operator backup --data ./vault --to /mnt/backups',
    'keyhold operator backup --data ./vault --to /mnt/backups --incremental --keep 30 --json',
  ],
  'keyhold operator backups': [
    'keyhold operator backups --data ./vault',
    'keyhold operator backups --data ./vault --json',
  ],
  'keyhold operator backup-recipient add': [
    'keyhold operator backup-recipient add --data ./vault age1pq1…',
    'keyhold operator backup-recipient add --data ./vault --json age1…',
  ],
  'keyhold operator backup-recipient remove': [
    'keyhold operator backup-recipient remove --data ./vault age1…',
    'keyhold operator backup-recipient remove --data ./vault --json age1…',
  ],
  'keyhold operator backup-recipient ls': [
    'keyhold operator backup-recipient ls --data ./vault',
    'keyhold operator backup-recipient ls --data ./vault --json',
  ],
  'keyhold operator restore': [
    'keyhold operator restore --from /mnt/backups --data ./vault --identity backup.key',
    'keyhold operator restore --from /mnt/backups --data ./vault --share one --share two --share three',
  ],
  'keyhold operator drill': [
    'keyhold operator drill --data ./vault --identity backup.key',
    'keyhold operator drill --data ./vault --scratch /dev/shm --share one --share two --json',
  ],
  'keyhold operator accept-database': [
    'keyhold operator accept-database --data ./vault --yes',
    'keyhold operator accept-database --data ./vault --yes --json',
  ],
  'keyhold operator accept-audit-loss': [
    'keyhold operator accept-audit-loss --data ./vault --yes',
    'keyhold operator accept-audit-loss --data ./vault --yes --json',
  ],
  'keyhold operator accept-rollback': [
    'keyhold operator accept-rollback --data ./vault --yes',
    'keyhold operator accept-rollback --data ./vault --audit /mnt/survived/audit --yes',
  ],
}
