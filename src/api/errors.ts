import { defineErrors, error } from '#foundation/errors.ts';

const apiErrors = defineErrors('api', {
  invalid: error<{ what: string; problems: readonly string[] }>({
    exit: 'usage',
    retry: 'never',
    message: {
      en: ({ what, problems }) => `${what} is not valid: ${problems.join('; ')}`,
      ja: ({ what, problems }) => `${what} が正しくありません: ${problems.join('; ')}`,
    },
    hint: {
      en: () => 'Correct the named fields; the velero.io/v1 API reference lists what each of them takes.',
      ja: () =>
        '示されたフィールドを修正してください。各フィールドの値は velero.io/v1 の API リファレンスを参照してください。',
    },
  }),
});

export { apiErrors };
