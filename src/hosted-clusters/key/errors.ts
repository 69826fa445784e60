import { defineErrors, error } from '#foundation/errors.ts';
import type { Message } from '#foundation/language.ts';

/** What can be wrong with a key that encrypts the Secrets of a hosted cluster. No text has anything of the key itself. */
export const keyErrors = defineErrors('hosted-key', {
  unreadable: error<{ readonly source: string; readonly reason: Message }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: p => `${p.source} holds no AES key of a hosted cluster: ${p.reason.en()}`,
      ja: p => `${p.source} にホステッドクラスターの AES キーがありません: ${p.reason.ja()}`,
    },
    hint: {
      en: () =>
        'Give the 32 bytes of the key, their base64, or the Secret with it in data.key: `oc get secret NAME -n clusters -o yaml`.',
      ja: () =>
        'キーの 32 バイト、その base64、または data.key にキーを含む Secret (`oc get secret NAME -n clusters -o yaml`) を指定してください。',
    },
  }),
  'secret-missing': error<{ readonly secret: string }>({
    exit: 'not-found',
    retry: 'never',
    message: {
      en: p => `there is no Secret ${p.secret}`,
      ja: p => `Secret ${p.secret} がありません`,
    },
    hint: {
      en: () =>
        'The HostedCluster names it: `oc get hostedcluster NAME -n clusters -o jsonpath={.spec.secretEncryption.aescbc}`. If it is gone, give a saved copy with --key-file.',
      ja: () =>
        'Secret の名前は `oc get hostedcluster NAME -n clusters -o jsonpath={.spec.secretEncryption.aescbc}` で確認できます。失われている場合は、保存したコピーを --key-file で指定してください。',
    },
  }),
});

/** The factories of {@link keyErrors}. */
export const { raise } = keyErrors;
