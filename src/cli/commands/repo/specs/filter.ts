import { say } from '../../../spec.ts';

/** Flags that say which snapshots are meant. */
export const filter = {
  host: {
    kind: 'texts',
    value: 'NAME',
    summary: say(
      'Only those of one of these hosts (default: RESTIC_HOST)',
      'いずれかのホストのものだけ (既定値: RESTIC_HOST)',
    ),
  },
  tag: {
    kind: 'texts',
    value: 'TAG,…',
    summary: say(
      'Only those that have all these tags; several times: all tags of one of them',
      'これらのタグがすべて付いたものだけ。複数指定した場合は、いずれかの組を満たすもの',
    ),
  },
  path: {
    kind: 'texts',
    value: 'PATH',
    summary: say('Only those of all these paths', 'これらのパスをすべて含むものだけ'),
  },
} as const;
