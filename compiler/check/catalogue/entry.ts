import type { Tree } from '../../source/tree.js';

/** Files of an example, by path. A text that begins with `link to ` is a symbolic link, one with `bytes ` is written in hex, and `file of N bytes` is too big. */
export type Example = Readonly<Record<string, string>>;

/** One code: what it says, why it is an error, and an example that gives it and, mended, gives none. */
export type CodeEntry = Readonly<{ title: string; explanation: string; failing: Example; repaired: Example }>;

/** The smallest project. */
export const PROJECT: Example = { 'hera.project.yaml': 'name: shop\nzone: Asia/Shanghai\n' };

/** An example of one YAML job beside the smallest project. */
export const job = (text: string, others: Example = {}): Example => ({ ...PROJECT, 'report.yaml': text, ...others });

/** An example of one TypeScript job beside the smallest project. */
export const script = (text: string, others: Example = {}): Example => ({ ...PROJECT, 'report.ts': text, ...others });

export const RUN = 'run: { shell: "true" }\n';
export const DAILY = `schedule: "30 2 * * *"\n${RUN}`;

const LINK = 'link to ';
const BYTES = 'bytes ';
const BIG = /^file of (\d+) bytes$/;

const bytesOf = (text: string): Uint8Array =>
  text.startsWith(BYTES)
    ? Uint8Array.from(Buffer.from(text.slice(BYTES.length), 'hex'))
    : new TextEncoder().encode(text);

/** The tree of an example. */
export function exampleTree(files: Example): Tree {
  const all = Object.entries(files);
  const links = new Map(
    all.flatMap(([path, text]) => (text.startsWith(LINK) ? [[path, text.slice(LINK.length)]] : [])),
  );
  const oversized = new Map(
    all.flatMap(([path, text]) => (BIG.test(text) ? [[path, Number(BIG.exec(text)![1])]] : [])),
  );
  const texts = all.filter(([path]) => !links.has(path) && !oversized.has(path));
  return Object.assign(new Map(texts.map(([path, text]) => [path, bytesOf(text)])), { links, oversized });
}
