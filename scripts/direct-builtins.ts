import type { Plugin } from 'rolldown';
import { parseAst } from 'rolldown/parseAst';

/**
 * Has chunks take Node's own modules from `process.getBuiltinModule`. An `import` of one reads each of its members, also those that are made
 * when they are first asked for (the streams of `node:fs`, the web's cryptography), which costs each thread some 6 ms. The entries
 * that are named keep their imports.
 */
export function directBuiltins(spared: readonly string[]): Plugin {
  return {
    name: 'direct-builtins',
    renderChunk: (code, { fileName }) => (spared.includes(fileName) ? null : withDirectBuiltins(code)),
  };
}

type Import = Extract<ReturnType<typeof parseAst>['body'][number], { readonly type: 'ImportDeclaration' }>;

/** A module's text with declarations in the place of its imports of Node's own modules. */
export function withDirectBuiltins(code: string): string {
  const imports = parseAst(code).body.filter(
    (node): node is Import => node.type === 'ImportDeclaration' && node.source.value.startsWith('node:'),
  );
  const parts: string[] = [];
  let at = 0;
  for (const each of imports) {
    parts.push(code.slice(at, each.start), declared(each));
    at = each.end;
  }
  return parts.join('') + code.slice(at);
}

function declared({ specifiers, source }: Import): string {
  const builtin = `globalThis.process.getBuiltinModule(${JSON.stringify(source.value)})`;
  const whole: string[] = [];
  const members: string[] = [];
  for (const each of specifiers) {
    const local = each.local.name;
    const member = each.type === 'ImportSpecifier' ? nameOf(each.imported) : 'default';
    if (member === 'default') whole.push(local);
    else members.push(`${member}: ${local}`);
  }
  const names = members.length === 0 ? whole : [...whole, `{ ${members.join(', ')} }`];
  return names.length === 0 ? '' : `const ${names.map(name => `${name} = ${builtin}`).join(', ')};`;
}

type Imported = Extract<Import['specifiers'][number], { readonly type: 'ImportSpecifier' }>['imported'];

function nameOf(imported: Imported): string {
  return imported.type === 'Identifier' ? imported.name : JSON.stringify(imported.value);
}
