import { say } from '../../../spec.ts';

/** How much maintenance waits for others. */
export const safety = {
  kind: 'choice',
  format: 'kopia',
  value: 'LEVEL',
  choices: ['full', 'none'],
  summary: say(
    'full (default): safe while others use it, space is freed days later; none: at once, for who has it alone',
    'full (既定値): 使用中でも安全ですが、容量の解放は数日後になります。none: ほかに使用者がいないときに限り、すぐに解放します',
  ),
} as const;
