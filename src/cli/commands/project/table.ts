import { type NounNode, say, spec } from '../../spec.ts';

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
    includeResources: {
      kind: 'list',
      value: 'RESOURCES',
      summary: say('Resources to export (default all)', 'エクスポートするリソース (既定値: すべて)'),
    },
    excludeResources: {
      kind: 'list',
      value: 'RESOURCES',
      summary: say('Resources to leave out', 'エクスポートから除外するリソース'),
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
  commands: [],
};
