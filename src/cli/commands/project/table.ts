import { type NounNode, on, say, spec } from '../../spec.ts';

export const exportProject = spec({
  name: 'export',
  summary: say(
    'Write a project as plain YAML that can be created again',
    'プロジェクトを、再作成できる YAML として書き出します',
  ),
  arguments: [
    {
      name: 'NAMESPACE',
      required: true,
      complete: 'namespaces',
      summary: say('The project to export', 'エクスポートするプロジェクト'),
    },
  ],
  flags: {
    directory: {
      kind: 'text',
      short: 'd',
      value: 'DIRECTORY',
      complete: 'files',
      summary: say(
        'Where to write; must not hold anything yet (default ./NAMESPACE)',
        '出力先。空または存在しないディレクトリー (既定値: ./NAMESPACE)',
      ),
    },
    overwrite: {
      kind: 'switch',
      summary: say(
        'Replace an earlier export in that directory',
        '出力先にある以前のエクスポートを置き換えます',
      ),
    },
    imagesAsTags: {
      kind: 'switch',
      summary: say(
        'Write the image stream tag that triggers a DeploymentConfig in place of an image digest',
        'DeploymentConfig のイメージのダイジェストを、トリガーのイメージストリームタグに書き換えます',
      ),
    },
  },
  examples: [
    {
      command: 'hozon project export shop --directory shop-export',
      summary: say('One project', '1 つのプロジェクトを書き出します'),
    },
  ],
});

export const importProject = spec({
  name: 'import',
  summary: say('Create a project from what was exported', '書き出した内容からプロジェクトを作成します'),
  arguments: [
    {
      name: 'DIRECTORY',
      required: true,
      complete: 'files',
      summary: say('What "hozon project export" wrote', '"hozon project export" の出力先'),
    },
  ],
  flags: {
    as: {
      kind: 'text',
      value: 'NAMESPACE',
      summary: say(
        'The name of the new project (default: as it was)',
        '新しいプロジェクトの名前 (既定値: 元の名前)',
      ),
    },
    intoExisting: {
      kind: 'switch',
      summary: say(
        'Add what is missing to a project that exists',
        '既存のプロジェクトに、不足しているものを追加します',
      ),
    },
    dryRun: {
      kind: 'switch',
      summary: say('Say what would be created and send nothing', '作成される内容を表示し、何も送信しません'),
    },
  },
});

/** `hozon project …`. A command appears once its handler is named here: `on(exportProject, () => import('./export.ts'))`. */
export const project: NounNode = {
  name: 'project',
  aliases: ['projects'],
  summary: say(
    'Export projects as plain YAML, import them',
    'プロジェクトの YAML 形式でのエクスポートとインポート',
  ),
  commands: [on(exportProject, () => import('./export.ts')), on(importProject, () => import('./import.ts'))],
};
