import { say } from '../../spec.ts';

/** What `hozon project …` says of its results. */
export const projectTexts = {
  project: say('Project', 'プロジェクト'),
  directory: say('Directory', 'ディレクトリー'),
  files: say('Files', 'ファイル'),
  objects: say('Objects', 'オブジェクト'),
  leftOut: say('Left out', '除外'),
  notExported: say('Not exported', 'エクスポート対象外'),
  findings: say('Findings', '指摘事項'),
  none: say('none', 'なし'),
} as const;
